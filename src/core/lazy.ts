const held = Symbol('held')

/**
 * Gives objects properties that are made when they are first read, where they are not there already.
 *
 * All objects share the getters. With getters of its own each object has a shape of its own, which V8 keeps until a full collection,
 * and with it the whole request that they close over.
 */
export function lazily<From extends object, Made>(makers: { readonly [Name in keyof Made]: (from: From) => Made[Name] }) {
  type Held = { readonly [held]: { readonly from: From; readonly made: Partial<Made> } }
  const getters = (Object.keys(makers) as (keyof Made)[]).map((name) => {
    function get(this: Held) {
      const { from, made } = this[held]
      return (made[name] ??= makers[name](from))
    }
    return [name, { enumerable: true, get }] as const
  })
  return <T extends object>(object: T, from: From): T & Made => {
    Object.defineProperty(object, held, { value: { from, made: {} } })
    for (const [name, getter] of getters) if (!(name in object)) Object.defineProperty(object, name, getter)
    return object as T & Made
  }
}
