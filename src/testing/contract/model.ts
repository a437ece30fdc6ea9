import type { Claim, ClaimOptions, IdempotencyStore } from '../../idempotency/store'
import { isSame, isWithin, show } from './expect'

/** Something asked of a store about one key. */
export type Command =
  | ({ readonly ask: 'claim' } & ClaimOptions)
  | {
      readonly ask: 'complete'
      readonly token: string
      readonly result: Uint8Array | undefined
      readonly retentionMs: number
    }
  | { readonly ask: 'release'; readonly token: string; readonly retryAfterMs: number }
  | { readonly ask: 'extend'; readonly token: string; readonly leaseMs: number }

export type Answer = Claim | boolean

/** All that is remembered of a key. */
export interface Known {
  /** Who holds or completed it; undefined once it was given back. */
  readonly token: string | undefined
  readonly fingerprint: string | undefined
  readonly attempt: number
  readonly done: { readonly result: Uint8Array | undefined } | undefined
  /** From this moment anyone may claim it, unless it is done. */
  readonly freeAt: number
  /** From this moment it is forgotten. */
  readonly overAt: number
}

interface Step {
  readonly answer: Answer
  readonly known: Known | undefined
}

/** What the laws say of a command: the one answer, and what is remembered after it. Nothing here is a store; it only tells. */
export function step(remembered: Known | undefined, command: Command, now: number): Step {
  const known = remembered && now < remembered.overAt ? remembered : undefined
  if (command.ask === 'claim') return claim(known, command, now)
  if (known?.token !== command.token) return { answer: false, known }
  if (known.done) return { answer: command.ask === 'complete', known }
  switch (command.ask) {
    case 'complete':
      return { answer: true, known: { ...known, done: { result: command.result }, overAt: now + command.retentionMs } }
    case 'release':
      return { answer: true, known: { ...known, token: undefined, freeAt: now + command.retryAfterMs } }
    case 'extend': {
      const freeAt = now + command.leaseMs
      return { answer: true, known: { ...known, freeAt, overAt: Math.max(known.overAt, freeAt) } }
    }
  }
}

function claim(known: Known | undefined, { token, fingerprint, leaseMs, retentionMs }: ClaimOptions, now: number): Step {
  const isOther = known?.fingerprint !== undefined && fingerprint !== undefined && known.fingerprint !== fingerprint
  if (isOther) return { answer: { status: 'mismatch' }, known }
  if (known?.done) return { answer: { status: 'completed', result: known.done.result }, known }
  const isOwn = known?.token === token
  if (known && !isOwn && now < known.freeAt) {
    return { answer: { status: 'in_progress', retryAfterMs: known.freeAt - now }, known }
  }
  const attempt = (known?.attempt ?? 0) + (isOwn ? 0 : 1)
  const until = { freeAt: now + leaseMs, overAt: now + Math.max(leaseMs, retentionMs) }
  const next = { token, fingerprint: known?.fingerprint ?? fingerprint, attempt, done: undefined, ...until }
  return { answer: { status: 'claimed', attempt }, known: next }
}

/** Whether a store's answer is the one that the laws give; the time to come back may be a little less. */
export function agrees(expected: Answer, actual: unknown): boolean {
  if (typeof expected === 'boolean' || expected.status !== 'in_progress') return isSame(actual, expected)
  const { status, retryAfterMs } = (actual ?? {}) as Partial<Record<string, unknown>>
  return status === expected.status && isWithin(retryAfterMs, expected.retryAfterMs)
}

/** Asks a store. */
export async function send(store: IdempotencyStore, key: string, command: Command): Promise<Answer> {
  switch (command.ask) {
    case 'claim':
      return store.claim(key, command)
    case 'complete':
      return store.complete(key, command.token, command.result, command.retentionMs)
    case 'release':
      return store.release(key, command.token, { retryAfterMs: command.retryAfterMs })
    case 'extend':
      return store.extend(key, command.token, command.leaseMs)
  }
}

/** A command as it is written in a message. */
export function describeCommand({ ask, ...rest }: Command): string {
  return `${ask} ${show(rest)}`
}
