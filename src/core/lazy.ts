/** A class whose instances are the objects that it is given. */
function given(object: object): object {
  return object
}
const Given = given as unknown as new (object: object) => object

/** Of each kind so many objects are made at a time, in the end: the native code that this takes is slow to come, and then quick. */
const mostAtOnce = 16

/**
 * Makes objects with properties of their own that are made when they are first read.
 *
 * `blank` gives one with its other fields, to be filled in. What the properties are made of stands in a field on the object itself,
 * and all objects share the getters. With getters of its own each object has a shape of its own, which V8 keeps until a full
 * collection, and with it the whole request that they close over.
 */
export function lazily<Blank extends object, From, Makers extends Record<string, (from: never) => unknown>>(
  blank: () => Blank,
  makers: Makers & Record<string, (from: From) => unknown>,
): (from: From) => Blank & { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> } {
  class Lazy extends Given {
    #from: From | undefined
    #made: Record<string, unknown> | undefined

    static fill(lazy: Lazy, from: From) {
      lazy.#from = from
    }

    static read(lazy: Lazy, name: string, make: (from: From) => unknown) {
      lazy.#made ??= {}
      return (lazy.#made[name] ??= make(lazy.#from as From))
    }
  }

  const properties = Object.entries<(from: From) => unknown>(makers).map(([name, make]) => {
    function get(this: Lazy) {
      return Lazy.read(this, name, make)
    }
    return { name, enumerable: true, get }
  })

  let atOnce = 1
  const ready: Lazy[] = []
  function make(): Lazy {
    for (let count = 0; count < atOnce; count++) {
      const lazy = new Lazy(blank())
      for (const property of properties) Object.defineProperty(lazy, property.name, property)
      ready.push(lazy)
    }
    atOnce = Math.min(2 * atOnce, mostAtOnce)
    return ready.pop() as Lazy
  }

  return (from) => {
    const lazy = ready.pop() ?? make()
    Lazy.fill(lazy, from)
    return lazy as never
  }
}
