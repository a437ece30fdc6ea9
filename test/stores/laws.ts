import type { Claim, ClaimOptions, IdempotencyStore, TransactionalStore } from 'countersign/idempotency'

/** A clock that the laws turn; a store with a clock of its own does not look at it. */
export interface Clock {
  now(): number
}

/** Something that holds for every store. */
export interface Law {
  readonly name: string
  run(): Promise<void>
}

type Store = IdempotencyStore & Partial<Pick<TransactionalStore<unknown>, 'transaction'>>

/** What a law is given to work with. */
interface Bench {
  readonly store: Store
  /** Lets that much time go by, turning the clock or waiting for the store's own. */
  pass(milliseconds: number): Promise<void>
  /** A key that no other law uses. */
  readonly key: string
}

/** Long enough never to end in a test, and short enough to wait for. */
const long = 3_600_000
const short = 150
const past = 200
/** Long enough for a few calls on a busy machine, where something has to happen before it ends. */
const unhurried = 1000

let made = 0
const mint = () => `token-${++made}`
const holding = (token: string, more: Partial<ClaimOptions> = {}): ClaimOptions => ({
  token,
  leaseMs: long,
  retentionMs: 2 * long,
  ...more,
})
const bytes = (...values: number[]) => Uint8Array.from(values)

const show = (value: unknown) =>
  JSON.stringify(value, (_, part) =>
    ArrayBuffer.isView(part) ? `bytes ${String(part)}` : part === undefined ? 'undefined' : part,
  )

function equal(actual: unknown, expected: unknown, what: string): void {
  if (show(actual) !== show(expected))
    throw new Error(`${what}: expected ${show(expected)?.slice(0, 500)}, got ${show(actual)?.slice(0, 500)}`)
}

function inProgress(claim: Claim, mostMs: number, what: string): void {
  const holds = claim.status === 'in_progress' && claim.retryAfterMs >= 0 && claim.retryAfterMs <= mostMs
  if (!holds) throw new Error(`${what}: expected in_progress for at most ${mostMs} ms, got ${show(claim)}`)
}

const claimed = (attempt: number): Claim => ({ status: 'claimed', attempt })
const completed = (result: Uint8Array | undefined): Claim => ({ status: 'completed', result })

/** How often each status was given. */
const tally = (claims: readonly Claim[]) =>
  ['claimed', 'in_progress', 'completed', 'mismatch'].map((status) => claims.filter((claim) => claim.status === status).length)

/** Keys that a careless store takes for one another, or cannot hold. */
const awkwardKeys = [
  ...['a', 'A', 'ä', 'a ', ' a', 'a\t', 'a\n', 'a\0', '\0a', '\0', 'a\\0', 'a\\', '\\', 'a\\\\', '\\0', '\u{1F511}', '\u{1F512}'],
  ...[
    "a'; DROP TABLE countersign_keys; --",
    'a"',
    "a'",
    'a`',
    'a%',
    'a_',
    'a*',
    'a?',
    'a[b]',
    '{a}',
    '$1',
    ':a',
    '--',
    '/* */',
    'a/b',
    'a:b',
  ],
  ...[
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    'null',
    'undefined',
    'true',
    '0',
    '00',
    '-0',
    'NaN',
    'é',
    'e\u0301',
    'ß',
    'ss',
  ],
  ...[
    'x'.repeat(511),
    'x'.repeat(512),
    '\0'.repeat(512),
    '\\'.repeat(512),
    '\u{1F511}'.repeat(128),
    '\uFFFD',
    '\uFEFFa',
    'I',
    'ı',
    'İ',
  ],
]

const laws: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  async 'a fresh key is claimed once, as the first attempt'({ store, key }) {
    equal(await store.claim(key, holding(mint())), claimed(1), 'the first claim')
    inProgress(await store.claim(key, holding(mint())), long, 'the second claim')
  },

  async 'of fifty claims at once exactly one wins, for each of twenty keys, and every one has an answer'({ store, key }) {
    const race = (name: string) => Promise.all(Array.from({ length: 50 }, () => store.claim(name, holding(mint()))))
    const races = await Promise.all(Array.from({ length: 20 }, (_, index) => race(`${key}/${index}`)))
    for (const claims of races) equal(tally(claims), [1, 49, 0, 0], 'a race')
  },

  async 'claiming again with the same token gives the same answer'({ store, key }) {
    const token = mint()
    const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim(key, holding(token))))
    for (const claim of claims) equal(claim, claimed(1), 'a repeated claim')
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.complete(key, token, bytes(7), long), true, 'complete')
    equal(await store.claim(key, holding(token)), completed(bytes(7)), 'the same token after complete')
  },

  async 'claiming again with the same token starts the lease anew'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    equal(await store.claim(key, holding(token)), claimed(1), 'the same token')
    await pass(past)
    inProgress(await store.claim(key, holding(mint())), long, 'another token after the first lease')
  },

  async 'claiming again with the same token after the lease is no new attempt while nobody took over'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    await pass(past)
    equal(await store.claim(key, holding(token)), claimed(1), 'the same token')
  },

  async 'the first complete wins, and is true again for its own token only'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    equal(await store.complete(key, token, bytes(1), long), true, 'the first complete')
    equal(await store.complete(key, token, bytes(2), long), true, 'the second complete of the same token')
    equal(await store.complete(key, mint(), bytes(3), long), false, 'a complete of another token')
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'the stored result')
  },

  async 'of twenty completes at once with one token all are true and one result stays'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => store.complete(key, token, bytes(index), long)))
    equal(answers, Array(20).fill(true), 'the completes')
    const first = await store.claim(key, holding(mint()))
    equal(first.status, 'completed', 'a claim')
    equal(await store.claim(key, holding(mint())), first, 'another claim')
  },

  async 'a token that never claimed changes nothing'({ store, key }) {
    const token = mint()
    equal(await store.complete(key, token, bytes(1), long), false, 'complete of an unknown key')
    equal(await store.extend(key, token, long), false, 'extend of an unknown key')
    equal(await store.release(key, token), false, 'release of an unknown key')
    equal(await store.claim(key, holding(mint())), claimed(1), 'the first claim')
  },

  async 'a stale token changes nothing'({ store, key, pass }) {
    const [stale, holder] = [mint(), mint()]
    await store.claim(key, holding(stale, { leaseMs: short }))
    await pass(past)
    equal(await store.claim(key, holding(holder)), claimed(2), 'the takeover')
    for (const state of ['held', 'completed']) {
      equal(await store.complete(key, stale, bytes(9), long), false, `complete of what is ${state}`)
      equal(await store.extend(key, stale, 2 * long), false, `extend of what is ${state}`)
      equal(await store.release(key, stale), false, `release of what is ${state}`)
      if (state === 'completed') break
      inProgress(await store.claim(key, holding(stale)), long, 'a claim with the stale token')
      equal(await store.complete(key, holder, bytes(1), long), true, 'complete of the holder')
    }
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'the stored result')
  },

  async 'after the lease exactly one of fifty takes over, as the next attempt'({ store, key, pass }) {
    await store.claim(key, holding(mint(), { leaseMs: short }))
    await pass(past)
    const claims = await Promise.all(Array.from({ length: 50 }, () => store.claim(key, holding(mint()))))
    equal(tally(claims), [1, 49, 0, 0], 'the claims')
    const takeover = claims.find(({ status }) => status === 'claimed')
    equal(takeover, claimed(2), 'the takeover')
  },

  async 'a late complete that nobody took over is accepted'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    await pass(past)
    equal(await store.complete(key, token, bytes(5), long), true, 'the late complete')
    equal(await store.claim(key, holding(mint())), completed(bytes(5)), 'a claim')
  },

  async 'a released key is free at once and keeps its attempts'({ store, key }) {
    for (let attempt = 1; attempt <= 5; attempt++) {
      const token = mint()
      equal(await store.claim(key, holding(token)), claimed(attempt), 'a claim')
      equal(await store.release(key, token), true, 'release')
      equal(await store.release(key, token), false, 'a second release')
      equal(await store.complete(key, token, bytes(1), long), false, 'complete after release')
      equal(await store.extend(key, token, long), false, 'extend after release')
    }
  },

  async 'release with retryAfterMs keeps the key from everyone until then'({ store, key, pass }) {
    const [first, second] = [mint(), mint()]
    await store.claim(key, holding(first))
    equal(await store.release(key, first, { retryAfterMs: long / 2 }), true, 'release')
    inProgress(await store.claim(key, holding(second)), long / 2, 'a claim before the time')
    inProgress(await store.claim(key, holding(first)), long / 2, 'a claim of the one who released')
    const other = `${key}/short`
    await store.claim(other, holding(first))
    await store.release(other, first, { retryAfterMs: short })
    await pass(past)
    equal(await store.claim(other, holding(second)), claimed(2), 'a claim after the time')
  },

  async 'release after complete does nothing'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    await store.complete(key, token, undefined, long)
    equal(await store.release(key, token), false, 'release')
    equal(await store.extend(key, token, long), false, 'extend')
    equal(await store.claim(key, holding(mint())), completed(undefined), 'a claim')
  },

  async 'an extended lease outlives the first one'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    equal(await store.extend(key, token, long), true, 'extend')
    await pass(past)
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.extend(key, token, short), true, 'a shorter extend')
    await pass(past)
    equal(await store.extend(key, token, short), true, 'extend after the lease')
    await pass(past)
    equal(await store.claim(key, holding(mint())), claimed(2), 'a claim after all leases')
  },

  async 'a lease that is extended beyond the retention keeps the key'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short, retentionMs: unhurried }))
    equal(await store.extend(key, token, long), true, 'extend')
    await pass(unhurried + short)
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.complete(key, token, bytes(1), long), true, 'complete')
  },

  async 'another fingerprint is a mismatch, held or free, in progress and completed'({ store, key, pass }) {
    const token = mint()
    const other = () => store.claim(key, holding(mint(), { fingerprint: 'b' }))
    const same = () => store.claim(key, holding(mint(), { fingerprint: 'a' }))
    const mismatch: Claim = { status: 'mismatch' }
    await store.claim(key, holding(token, { fingerprint: 'a', leaseMs: short }))
    equal(await other(), mismatch, 'in progress')
    await pass(past)
    equal(await other(), mismatch, 'after the lease')
    equal(await same(), claimed(2), 'the same fingerprint after the lease')
    inProgress(await same(), long, 'the same fingerprint in progress')
    equal(await other(), mismatch, 'after a takeover')
    const done = `${key}/done`
    await store.claim(done, holding(token, { fingerprint: 'a' }))
    await store.complete(done, token, bytes(1), long)
    equal(await store.claim(done, holding(mint(), { fingerprint: 'b' })), mismatch, 'completed')
    equal(await store.claim(done, holding(mint(), { fingerprint: 'a' })), completed(bytes(1)), 'completed, the same fingerprint')
  },

  async 'no fingerprint never mismatches'({ store, key }) {
    const [first, second] = [mint(), mint()]
    await store.claim(key, holding(first, { fingerprint: 'a' }))
    inProgress(await store.claim(key, holding(mint())), long, 'none after one')
    await store.complete(key, first, bytes(1), long)
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'none after one, completed')
    const other = `${key}/other`
    await store.claim(other, holding(second))
    inProgress(await store.claim(other, holding(mint(), { fingerprint: 'a' })), long, 'one after none')
    await store.release(other, second)
    equal(await store.claim(other, holding(mint(), { fingerprint: 'a' })), claimed(2), 'one after none, released')
    equal(await store.claim(other, holding(mint(), { fingerprint: 'b' })), { status: 'mismatch' }, 'another after that')
  },

  async 'after the retention a completed key is fresh, and its token is fenced'({ store, key, pass }) {
    const [old, fresh] = [mint(), mint()]
    await store.claim(key, holding(old, { fingerprint: 'a' }))
    await store.complete(key, old, bytes(1), short)
    await pass(past)
    equal(await store.complete(key, old, bytes(2), long), false, 'complete of the old token')
    equal(await store.claim(key, holding(fresh, { fingerprint: 'b' })), claimed(1), 'a claim')
    equal(await store.complete(key, old, bytes(2), long), false, 'complete of the old token, held by another')
    equal(await store.release(key, old), false, 'release of the old token')
    equal(await store.complete(key, fresh, undefined, long), true, 'complete of the new token')
    equal(await store.claim(key, holding(mint(), { fingerprint: 'b' })), completed(undefined), 'the old result is gone')
  },

  async 'after the retention a key that was never completed is fresh, and its token is fenced'({ store, key, pass }) {
    const old = mint()
    await store.claim(key, holding(old, { leaseMs: short, retentionMs: short }))
    await pass(past)
    equal(await store.extend(key, old, long), false, 'extend of the old token')
    equal(await store.complete(key, old, bytes(1), long), false, 'complete of the old token')
    equal(await store.claim(key, holding(mint())), claimed(1), 'a claim')
    const released = `${key}/released`
    await store.claim(released, holding(old, { leaseMs: short, retentionMs: short }))
    await store.release(released, old)
    await pass(past)
    equal(await store.claim(released, holding(mint())), claimed(1), 'a claim of a released key')
  },

  async 'retention counts from complete'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short, retentionMs: unhurried }))
    equal(await store.complete(key, token, bytes(1), long), true, 'complete')
    await pass(unhurried + short)
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'a claim')
  },

  async 'results come back to the byte'({ store, key }) {
    const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
    const large = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251)
    const text = (value: string) => new TextEncoder().encode(value)
    const results = [
      undefined,
      bytes(),
      bytes(0),
      bytes(0, 0, 0),
      everyByte,
      text('undefined'),
      text('null'),
      text('\\x00'),
      text('{"a":1}'),
      large,
    ]
    for (const [index, result] of results.entries()) {
      const [name, token] = [`${key}/${index}`, mint()]
      await store.claim(name, holding(token))
      await store.complete(name, token, result, long)
      const claim = await store.claim(name, holding(mint()))
      equal(claim, completed(result), `result ${index}`)
      if (claim.status === 'completed' && claim.result && claim.result.constructor.name !== 'Uint8Array')
        throw new Error('Expected a plain Uint8Array')
    }
  },

  async 'results are copied in and out'({ store, key }) {
    const token = mint()
    const result = bytes(1, 2, 3)
    await store.claim(key, holding(token))
    await store.complete(key, token, result.subarray(1), long)
    result.fill(9)
    const first = await store.claim(key, holding(mint()))
    equal(first, completed(bytes(2, 3)), 'what was changed after complete')
    if (first.status === 'completed') first.result?.fill(8)
    equal(await store.claim(key, holding(mint())), completed(bytes(2, 3)), 'what was changed after a claim')
  },

  async 'keys are kept apart'({ store, pass }) {
    // Keys of their own, so that they can be used as they are: they are forgotten again.
    const tokens = awkwardKeys.map((key) => ({ key, token: mint() }))
    for (const { key, token } of tokens) equal(await store.claim(key, holding(token)), claimed(1), `a claim of ${show(key)}`)
    for (const { key, token } of tokens)
      equal(await store.complete(key, token, new TextEncoder().encode(key), short), true, show(key) ?? '')
    await pass(past)
    for (const { key, token } of tokens)
      equal(await store.claim(key, holding(token)), claimed(1), `a claim after retention of ${show(key)}`)
    for (const { key, token } of tokens) {
      equal(
        await store.complete(key, token, new TextEncoder().encode(key), 4 * short * awkwardKeys.length),
        true,
        show(key) ?? '',
      )
    }
    for (const { key } of tokens)
      equal(await store.claim(key, holding(mint())), completed(new TextEncoder().encode(key)), show(key) ?? '')
  },

  async 'keys that cannot be kept apart are refused'({ store }) {
    for (const key of ['', 'x'.repeat(513), '\u{1F511}'.repeat(129), '\uD800', 'a\uDC00', undefined, 7]) {
      const outcome = await store.claim(key as string, holding(mint())).then(
        ({ status }) => status,
        (error) => error.code,
      )
      equal(outcome, 'invalid_option', `a claim of ${show(key)}`)
    }
  },

  async 'sweep removes at most so many, and nothing that is remembered'({ store, key, pass }) {
    if (!store.sweep) return
    // What other laws left.
    await store.sweep(100_000)
    const [live, done, released] = [mint(), mint(), mint()]
    await store.claim(`${key}/live`, holding(live))
    await store.claim(`${key}/done`, holding(done))
    await store.complete(`${key}/done`, done, bytes(1), long)
    await store.claim(`${key}/released`, holding(released))
    await store.release(`${key}/released`, released)
    for (let index = 0; index < 25; index++) {
      const token = mint()
      await store.claim(`${key}/old/${index}`, holding(token, { leaseMs: short, retentionMs: short }))
      if (index % 2) await store.complete(`${key}/old/${index}`, token, bytes(1), short)
    }
    await pass(past)
    equal(await store.sweep(0), 0, 'a sweep of none')
    equal(await store.sweep(10), 10, 'a first sweep')
    const sweeps = await Promise.all([store.sweep(10), store.sweep(10), store.sweep(10)])
    const all = sweeps.reduce((sum, count) => sum + count, await store.sweep(100))
    equal(all, 15, 'the other sweeps together')
    if (sweeps.some((count) => count > 10)) throw new Error(`Expected sweeps of at most 10, got ${sweeps}`)
    inProgress(await store.claim(`${key}/live`, holding(mint())), long, 'what is held')
    equal(await store.claim(`${key}/done`, holding(mint())), completed(bytes(1)), 'what is completed')
    equal(await store.claim(`${key}/released`, holding(mint())), claimed(2), 'what is released')
  },

  async 'its traits are told'({ store }) {
    const { durable, shared, clock } = store.traits
    equal([typeof durable, typeof shared, ['store', 'caller'].includes(clock)], ['boolean', 'boolean', true], 'traits')
  },
}

const transactionLaws: Readonly<
  Record<string, (bench: Bench & { readonly store: TransactionalStore<unknown> }) => Promise<void>>
> = {
  async 'a transaction gives what its work gives, and throws what its work throws'({ store }) {
    equal(await store.transaction(async () => 42), 42, 'the result')
    const error = new Error('mine')
    const thrown = await store.transaction(() => Promise.reject(error)).catch((caught) => caught)
    if (thrown !== error) throw new Error('Expected the very error that the work threw')
  },

  async 'complete in a transaction takes effect when it commits'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    await store.transaction(async (tx) => equal(await store.complete(key, token, bytes(1), long, tx), true, 'complete'))
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'a claim')
    equal(await store.complete(key, token, bytes(2), long), true, 'complete again, outside')
  },

  async 'complete in a transaction that is rolled back has not been'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    const rolledBack = store.transaction(async (tx) => {
      equal(await store.complete(key, token, bytes(1), long, tx), true, 'complete')
      throw new Error('rolled back')
    })
    equal(await rolledBack.catch((error) => error.message), 'rolled back', 'the transaction')
    inProgress(await store.claim(key, holding(mint())), long, 'a claim')
    equal(await store.release(key, token), true, 'release')
    equal(await store.claim(key, holding(mint())), claimed(2), 'the next claim')
  },

  async 'complete in a transaction is fenced as it is outside'({ store, key, pass }) {
    const stale = mint()
    await store.claim(key, holding(stale, { leaseMs: short }))
    await pass(past)
    await store.claim(key, holding(mint()))
    equal(await store.transaction((tx) => store.complete(key, stale, bytes(1), long, tx)), false, 'complete')
  },

  async 'a hundred transactions at once all end'({ store, key }) {
    const ends = Array.from({ length: 100 }, async (_, index) => {
      const [name, token] = [`${key}/${index}`, mint()]
      await store.claim(name, holding(token))
      return store.transaction((tx) => store.complete(name, token, bytes(index), long, tx))
    })
    equal(await Promise.all(ends), Array(100).fill(true), 'the completes')
  },
}

/** The laws of a store. `open` is asked for a store for each; stores may share what is behind them. */
export function storeLaws(open: (clock: Clock) => Store | Promise<Store>, isTransactional = false): readonly Law[] {
  const run = (law: (bench: never) => Promise<void>) => async () => {
    let now = 1_700_000_000_000
    const store = await open({ now: () => now })
    const pass = async (milliseconds: number) => {
      now += milliseconds
      if (store.traits.clock === 'store') await new Promise((resolve) => setTimeout(resolve, milliseconds))
    }
    const bench = { store, pass, key: `law/${Math.random()}` }
    await law(bench as never)
  }
  const all = isTransactional ? { ...laws, ...transactionLaws } : laws
  return Object.entries(all).map(([name, law]) => ({ name, run: run(law) }))
}
