import type { Claim, ClaimOptions, TransactionalStore } from 'countersign/idempotency'
import type { Clock } from 'countersign/testing'
import type { Flaw } from './flaws'

interface Row {
  token: string | undefined
  fingerprint: string | undefined
  attempt: number
  isDone: boolean
  result: Uint8Array | undefined
  freeAt: number
  overAt: number
  goneAt: number
}

type Write = () => void

const wait = () => new Promise<void>((resolve) => setTimeout(resolve))

const assertKey = (key: unknown) => {
  const isKey = typeof key === 'string' && key !== '' && key.isWellFormed() && new TextEncoder().encode(key).length <= 512
  if (!isKey) throw Object.assign(new Error('not a key'), { code: 'invalid_option' })
}

/** The plainest store there is, right in everything but its flaw. */
export function brokenStore({ now }: Clock, flaw?: Flaw): TransactionalStore<Write[]> {
  const rows = new Map<string, Row>()
  let transactions = 0
  let busy: Row | undefined
  const is = (other: Flaw) => flaw === other

  function named(key: string): string {
    if (!is('any key is taken')) assertKey(key)
    if (is('keys fold case')) return key.toLowerCase()
    if (is('keys lose their last blanks')) return key.trimEnd()
    if (is('keys are cut')) return key.slice(0, 255)
    return is('keys end at NUL') ? key.replace(/(.)\0.*/s, '$1') : key
  }

  const find = (key: string) => {
    const row = rows.get(named(key))
    return row && (is('a key is never forgotten') || now() < row.overAt) ? row : undefined
  }

  function isToken(one: string | undefined, other: string): boolean {
    if (is('tokens fold case')) return one?.toLowerCase() === other.toLowerCase()
    if (is('tokens are compared as numbers') && Number(one) === Number(other)) return true
    return one === other
  }

  const held = (key: string, token: string) => {
    const row = find(key)
    return row && isToken(row.token, token) ? row : undefined
  }

  function keep(result: Uint8Array | undefined): Uint8Array | undefined {
    if (is('results are shared on the way in')) return result
    if (is('no bytes are no result') && result?.length === 0) return undefined
    if (is('results are text')) return result && new TextEncoder().encode(new TextDecoder().decode(result))
    return result?.slice(0, is('results are cut') ? 65_535 : undefined)
  }

  function isOther(row: Row, fingerprint: string | undefined): boolean {
    if (is('fingerprints are forgotten')) return false
    if (is('fingerprints are forgotten once completed') && row.isDone) return false
    if (is('no fingerprint is one too')) return row.fingerprint !== fingerprint
    if (row.fingerprint === undefined || fingerprint === undefined) return false
    const fold = (text: string) => (is('fingerprints fold case') ? text.toLowerCase() : text)
    return fold(row.fingerprint) !== fold(fingerprint)
  }

  function refusal(row: Row, { token, fingerprint }: ClaimOptions): Claim | undefined {
    if (isOther(row, fingerprint)) return { status: 'mismatch' }
    const kept = now() < row.goneAt ? row.result : undefined
    const result = is('results are shared on the way out') ? kept : kept?.slice()
    if (row.isDone) return { status: 'completed', result }
    if (isToken(row.token, token) && !is('the same token waits for itself')) return undefined
    const retryAfterMs = (is('the lease is the retention') ? row.overAt : row.freeAt) - now()
    if (retryAfterMs <= 0) return undefined
    if (is('in progress is told as completed')) return { status: 'completed', result: undefined }
    if (is('tells to come back in the past')) return { status: 'in_progress', retryAfterMs: -1 }
    if (is('tells to come back after the lease')) return { status: 'in_progress', retryAfterMs: retryAfterMs + 1000 }
    if (is('tells to come back in seconds')) return { status: 'in_progress', retryAfterMs: retryAfterMs / 1000 }
    return { status: 'in_progress', retryAfterMs }
  }

  async function claim(key: string, options: ClaimOptions): Promise<Claim> {
    const row = find(key)
    if (is('looks, waits, then writes')) await undefined
    const refused = row && refusal(row, options)
    if (refused) return refused
    if (!row && is('what has just expired is run without a claim') && rows.delete(named(key))) {
      return { status: 'claimed', attempt: 1 }
    }
    const { token, fingerprint, leaseMs, retentionMs } = options
    const isSame = row && isToken(row.token, token) && !is('the same token counts a new attempt')
    const isLate = row && row.freeAt <= now() && is('the same token takes over from itself')
    const attempt = !row || is('a takeover is the first attempt') ? 1 : isSame && !isLate ? row.attempt : row.attempt + 1
    const overAt = now() + (is('a lease is cut by the retention') ? retentionMs : Math.max(leaseMs, retentionMs))
    const isForgotten = !isSame && row?.token !== undefined && is('a takeover forgets the fingerprint')
    const known = isForgotten ? undefined : row?.fingerprint
    const freeAt = isSame && is('the same token does not begin the lease anew') ? row.freeAt : now() + leaseMs
    const kept = { token, fingerprint: known ?? fingerprint, attempt, freeAt, overAt }
    rows.set(named(key), { ...kept, isDone: false, result: undefined, goneAt: 0 })
    return { status: 'claimed', attempt }
  }

  function finish(row: Row, result: Uint8Array | undefined, retentionMs: number, resultMs: number) {
    if (!row.isDone) row.goneAt = now() + (is('results outlive their time') ? Number.POSITIVE_INFINITY : resultMs)
    if (!row.isDone || is('the second complete wins')) row.result = keep(result)
    const isCounted = !row.isDone || is('complete again counts retention anew')
    if (isCounted && !is('retention counts from the claim')) row.overAt = now() + retentionMs
    row.isDone = true
    if (is('a completed key is held by nobody')) row.token = undefined
  }

  function completable(key: string, token: string, isInside: boolean): Row | undefined {
    if (is('complete does not look at the token')) return find(key)
    if (is('complete in a transaction is not fenced') && isInside) return find(key)
    const over = rows.get(named(key))
    if (is('an old token completes after the retention') && over?.token === token) return over
    const row = held(key, token)
    if (is('complete is true only once') && row?.isDone) return undefined
    return is('a late complete is refused') && row && row.freeAt <= now() ? undefined : row
  }

  function clock(): 'store' | 'caller' {
    if (is('its clock is not told')) return undefined as never
    return is('its own clock is the caller’s') ? 'store' : 'caller'
  }

  return {
    traits: { durable: false, shared: false, clock: clock() },
    claim,

    async complete(key, token, result, retentionMs, tx, resultMs = retentionMs) {
      const row = completable(key, token, tx !== undefined)
      if (!row && is('complete makes what is not there')) await claim(key, { token, leaseMs: 1, retentionMs })
      if (!row) return false
      if (row === busy && is('completes that meet are refused')) return false
      busy = row
      if (is('complete looks, waits, then writes') || is('completes that meet are refused')) await wait()
      busy = undefined
      const keptMs = is('the key goes with its result') ? Math.min(resultMs, retentionMs) : retentionMs
      const write = () => finish(row, result, keptMs, resultMs)
      if (tx && !is('complete does not wait for the commit')) tx.push(write)
      else write()
      return true
    },

    async release(key, token, { retryAfterMs = 0 } = {}) {
      const row = is('release does not look at the token') ? find(key) : held(key, token)
      if (row?.isDone && is('release after complete forgets the key')) rows.delete(named(key))
      if (!row || row.isDone) return false
      if (is('a late release is refused') && row.freeAt <= now()) return false
      if (is('release forgets the key')) rows.delete(named(key))
      if (is('release forgets the fingerprint')) row.fingerprint = undefined
      row.token = undefined
      row.freeAt = now() + (is('release does not delay') ? 0 : retryAfterMs)
      return true
    },

    async extend(key, token, leaseMs) {
      const over = is('an old token extends after the retention') ? rows.get(named(key)) : undefined
      const own = over?.token === token ? over : held(key, token)
      const row = is('extend does not look at the token') ? find(key) : own
      if (!row || row.isDone) return false
      const read = { ...row }
      if (is('extend writes what it read before')) await wait()
      const freeAt = is('extend only adds to the lease') ? row.freeAt + leaseMs : now() + leaseMs
      const overAt = is('extend does not keep the key') ? row.overAt : Math.max(row.overAt, freeAt)
      Object.assign(row, read, { freeAt, overAt })
      return true
    },

    async sweep(limit) {
      const isOver = (row: Row) => (is('sweep removes what is free') && !row.isDone ? row.freeAt : row.overAt) <= now()
      const over = [...rows].filter(([, row]) => isOver(row))
      const swept = is('sweep does not look at its limit') ? over : over.slice(0, limit)
      for (const [key] of swept) rows.delete(key)
      return is('sweep forgets to count') ? limit : swept.length
    },

    async transaction(work) {
      const writes: Write[] = []
      if (++transactions > 50 && is('transactions are refused when there are many')) throw new Error('no connection is free')
      const outcome = await work(writes).catch((error) => {
        if (!is('a transaction swallows what its work throws')) throw error
      })
      transactions--
      if (!is('a transaction is never committed')) for (const write of writes) write()
      return outcome as never
    },
  }
}
