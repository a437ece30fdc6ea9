/** A class whose instances are the objects that it is given. */
function given(object: object): object {
  return object
}
const Given = given as unknown as new (object: object) => object

/**
 * Gives objects a property that is made when it is first read.
 *
 * What it is made of stands in a field on the object itself, and all objects share the getter. With getters of its own each object has
 * a shape of its own, which V8 keeps until a full collection, and with it the whole request that they close over.
 */
export function lazily<From, Name extends string, Value>(name: Name, make: (from: From) => Value) {
  class Lazy extends Given {
    readonly #from: From
    #value: Value | undefined

    constructor(object: object, from: From) {
      super(object)
      this.#from = from
    }

    static read(lazy: Lazy) {
      return (lazy.#value ??= make(lazy.#from))
    }
  }
  function get(this: Lazy) {
    return Lazy.read(this)
  }
  const property = { enumerable: true, get }
  return <T extends object>(object: T, from: From): T & { readonly [_ in Name]: Value } =>
    Object.defineProperty(new Lazy(object, from), name, property) as never
}
