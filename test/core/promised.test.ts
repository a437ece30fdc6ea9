import { expect, it } from 'vitest'
import { isPromised } from '../../src/core/promised'

it('is promised what has a method to wait with', () => {
  // biome-ignore lint/suspicious/noThenProperty: such as the queries of many libraries.
  for (const value of [Promise.resolve(), { then: () => undefined }]) expect(isPromised<unknown>(value)).toBe(true)
  // biome-ignore lint/suspicious/noThenProperty: a record may have any name.
  for (const value of [undefined, null, 0, 'then', {}, { then: true }, new Uint8Array(1)])
    expect(isPromised<unknown>(value)).toBe(false)
})
