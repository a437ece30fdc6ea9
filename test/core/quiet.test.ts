import { expect, it, vi } from 'vitest'
import { quiet } from '../../src/core/quiet'

it('a listener hears what is said, and changes nothing by throwing or rejecting', async () => {
  const listen = vi.fn<(...heard: unknown[]) => unknown>()
  const rejected = vi.fn()
  process.on('unhandledRejection', rejected)
  for (const hear of [
    () => 'answer',
    () => {
      throw new Error('no')
    },
    () => Promise.reject(new Error('no')),
  ]) {
    listen.mockImplementationOnce(hear)
    expect(quiet(listen)('a', 1)).toBeUndefined()
  }
  expect(quiet(undefined)('a', 1)).toBeUndefined()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', rejected)
  expect(listen.mock.calls).toEqual([
    ['a', 1],
    ['a', 1],
    ['a', 1],
  ])
  expect(rejected).not.toHaveBeenCalled()
})
