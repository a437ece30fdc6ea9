import { fc, test } from '@fast-check/vitest'
import { type IdempotencyStore, memoryStore } from 'countersign/idempotency'
import { expect } from 'vitest'
import { brokenStore } from '../testing/broken-stores'

type Command = (store: IdempotencyStore, tokens: readonly string[]) => Promise<unknown>

/** From nothing to years, so that keys share generations and do not. */
const duration = fc.oneof(
  fc.constantFrom(0, 1, 3, 4, 1000, 1000.5, 1024, 4096),
  fc.double({ min: 0, max: 40, noNaN: true }).map((power) => Math.floor(2 ** power)),
)
const key = fc.constantFrom('a', 'a', 'b')
const token = fc.constantFrom(
  'A',
  'B',
  'ä'.repeat(42),
  'x'.repeat(85),
  'x'.repeat(86),
  'y'.repeat(300),
  '\uD800',
  '\uD801',
  '\uFFFD',
)
const holder = fc.constantFrom(0, 0, 0, 1)
const fingerprint = fc.constantFrom(undefined, undefined, undefined, 'f', 'g')
const result = fc.constantFrom(undefined, undefined, Uint8Array.of(), Uint8Array.of(1))
const nameOf = (tokens: readonly string[], holder: number) => tokens[holder] as string

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(key, holder, fc.record({ fingerprint, leaseMs: duration, retentionMs: duration })).map(
      ([key, holder, options]): Command =>
        (store, tokens) =>
          store.claim(key, { token: nameOf(tokens, holder), ...options }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, holder, result, duration).map(
      ([key, holder, ...rest]): Command =>
        (store, tokens) =>
          store.complete(key, nameOf(tokens, holder), ...rest),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(key, holder, duration).map(
      ([key, holder, retryAfterMs]): Command =>
        (store, tokens) =>
          store.release(key, nameOf(tokens, holder), { retryAfterMs }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(key, holder, duration).map(
      ([key, holder, leaseMs]): Command =>
        (store, tokens) =>
          store.extend(key, nameOf(tokens, holder), leaseMs),
    ),
  },
)
const moves = fc.oneof(
  { weight: 6, arbitrary: commands.map((command) => ({ command })) },
  { weight: 2, arbitrary: duration.map((milliseconds) => ({ milliseconds })) },
  { weight: 1, arbitrary: fc.nat(3).map((limit) => ({ limit })) },
)

test.prop([fc.uniqueArray(token, { minLength: 2, maxLength: 2 }), fc.array(moves, { minLength: 20, maxLength: 60 })], {
  numRuns: 1000,
})('memoryStore answers to the millisecond as the plainest store does, however it is swept', async (tokens, moves) => {
  let time = 0
  const plain = brokenStore({ now: () => time })
  const store = memoryStore({ now: () => ({ getTime: () => time }) as Date, maxEntries: 1000 })
  for (const move of moves) {
    if ('milliseconds' in move) time += move.milliseconds
    else if ('limit' in move) expect(await store.sweep(move.limit)).toBeLessThanOrEqual(move.limit)
    else expect(await move.command(store, tokens)).toEqual(await move.command(plain, tokens))
  }
})
