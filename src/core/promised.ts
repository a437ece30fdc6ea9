/** Whether `await` would wait for a value: to wait for what is there costs more than to look. */
export const isPromised = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function'
