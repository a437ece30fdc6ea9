import { type IdempotencyStore, memoryStore } from 'countersign/idempotency'

/** A call of a store, as it was made. */
export type Call = readonly [method: string, ...given: unknown[]]

/** A real store whose calls are written down, and where some answer otherwise. */
export function watched(overrides: Partial<IdempotencyStore> = {}, store: IdempotencyStore = memoryStore()) {
  const calls: Call[] = []
  const written = (method: 'claim' | 'complete' | 'release' | 'extend' | 'sweep') =>
    function call(...given: unknown[]) {
      calls.push([method, ...given])
      return ((overrides[method] ?? store[method]) as (...given: unknown[]) => Promise<never>)(...given)
    }
  const watching: IdempotencyStore = {
    traits: store.traits,
    claim: written('claim'),
    complete: written('complete'),
    release: written('release'),
    extend: written('extend'),
    sweep: written('sweep'),
  }
  return { store: watching, calls, count: (method: string) => calls.filter(([name]) => name === method).length }
}

/** Something that never comes. */
export const never = <T>() => new Promise<T>(() => undefined)

/** A promise and how to settle it. */
export function deferred<T = void>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((...settle) => {
    ;[resolve, reject] = settle
  })
  return { promise, resolve, reject }
}
