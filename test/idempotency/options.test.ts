import { ConfigurationError } from 'countersign'
import { createIdempotency, memoryStore } from 'countersign/idempotency'
import { describe, expect, test, vi } from 'vitest'

const store = memoryStore()

describe('createIdempotency', () => {
  test.each<[string, unknown]>([
    ['`options` to be an object, got undefined', undefined],
    ['`options` to be an object, got null', null],
    ['the option `leaseSeconds`, got `leaseSecond`', { store, leaseSecond: 5 }],
    ['`store` to be an idempotency store', {}],
    ['`store` to be an idempotency store', { store: null }],
    ['`store` to be an idempotency store', { store: 'redis://localhost' }],
    ...['claim', 'complete', 'release', 'extend'].map((name): [string, unknown] => [
      '`store` to be an idempotency store with claim, complete, release, extend',
      { store: { ...store, [name]: undefined } },
    ]),
    ['`leaseSeconds` to be a number of 0.01 or more', { store, leaseSeconds: 0 }],
    ['`leaseSeconds` to be a number', { store, leaseSeconds: '30' }],
    ['`leaseSeconds` to be a number', { store, leaseSeconds: Number.NaN }],
    ['`leaseSeconds` to be a number', { store, leaseSeconds: 3_000_000 }],
    ['`handlerSeconds` to be a number', { store, handlerSeconds: -1 }],
    ['`handlerSeconds` to be a number', { store, handlerSeconds: Number.POSITIVE_INFINITY }],
    ['`retentionSeconds` to be a number of 30 or more', { store, retentionSeconds: 29 }],
    ['`resultSeconds` to be a number from 0', { store, resultSeconds: 604_801 }],
    ['`resultSeconds` to be a number from 0', { store, resultSeconds: Number.NaN }],
    ['`backOffSeconds` to be a number of 0 or more', { store, backOffSeconds: -1 }],
    ['`backOffSeconds` to be a function', { store, backOffSeconds: '5' }],
    ['`retentionSeconds` to be a number from 60', { store, leaseSeconds: 60, retentionSeconds: Number.POSITIVE_INFINITY }],
  ])('says: expected %s', (message, options) => {
    const create = () => createIdempotency(options as never)
    expect(create).toThrow(ConfigurationError)
    // The range is named in two ways.
    const [name, ...rest] = message.split(/(?= of | from )/)
    expect(create).toThrow(name as string)
    if (rest.length > 0) expect(create).toThrow(/ of \d| from \d/)
  })

  test('takes a store whose retention is its lease, and undefined for what is left out', () => {
    createIdempotency({ store, leaseSeconds: 60, retentionSeconds: 60 })
    createIdempotency({ store, leaseSeconds: undefined, handlerSeconds: undefined, retentionSeconds: undefined })
  })
})

describe('run', () => {
  const { run } = createIdempotency({ store })
  const work = vi.fn()

  test.each<[string, readonly [unknown, unknown, unknown?]]>([
    ['`key` to be well-formed text of 1 to 512 UTF-8 bytes, got ""', ['', work]],
    ['`key`', [undefined, work]],
    ['`key`', [7, work]],
    ['`key`', ['x'.repeat(513), work]],
    ['`key`', ['ä'.repeat(257), work]],
    ['`key`', ['\uD800', work]],
    ['`work` to be a function', ['a', undefined]],
    ['`fingerprint` to be well-formed text of 1 to 512 UTF-8 bytes', ['a', work, { fingerprint: '' }]],
    ['`fingerprint`', ['a', work, { fingerprint: 7 }]],
    ['`codec` to be an object with encode and decode', ['a', work, { codec: {} }]],
    ['`codec`', ['a', work, { codec: { encode: () => undefined } }]],
    ['`codec`', ['a', work, { codec: null }]],
    ['`waitUntil` to be a function', ['a', work, { waitUntil: {} }]],
    ['`transaction` to be true or left out', ['a', work, { transaction: false }]],
    ['`store` to be a store with transactions', ['a', work, { transaction: true }]],
  ])('rejects: expected %s', async (message, given) => {
    const outcome = run(...(given as Parameters<typeof run>))
    await expect(outcome).rejects.toBeInstanceOf(ConfigurationError)
    await expect(outcome).rejects.toThrow(`Expected ${message}`)
    expect(work).not.toHaveBeenCalled()
  })

  test('takes keys of 1 and of 512 bytes', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    for (const key of ['a', 'x'.repeat(512), 'ä'.repeat(256), '\0', '__proto__']) {
      expect(await run(key, () => key)).toEqual({ status: 'executed', result: key })
    }
  })
})
