import { expect, test } from 'vitest'
import { toErrorText } from '../../src/queues/table/text'

test('whatever was thrown has a text that a table can keep', () => {
  expect(toErrorText(new TypeError('no'))).toBe('TypeError: no')
  expect(toErrorText(undefined)).toBe('undefined')
  expect(toErrorText('x'.repeat(2000))).toHaveLength(1000)
  const silent = Object.defineProperty(new Error('no'), 'message', {
    get() {
      throw new Error('never')
    },
  })
  for (const thrown of [Object.create(null), silent]) expect(toErrorText(thrown)).toBe('An error that has no text.')
})
