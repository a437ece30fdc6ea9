import type { Claim } from '../../idempotency/store'

export const claimed = (attempt: number): Claim => ({ status: 'claimed', attempt })
export const completed = (result: Uint8Array | undefined): Claim => ({ status: 'completed', result })
export const mismatch: Claim = { status: 'mismatch' }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** Whether two values are alike to the byte; a field that is not there is undefined. */
export function isSame(one: unknown, other: unknown): boolean {
  if (!isRecord(one) || !isRecord(other)) return Object.is(one, other)
  const isBytes = ArrayBuffer.isView(one)
  if (isBytes !== ArrayBuffer.isView(other)) return false
  const [left, right] = isBytes ? [bytesOf(one), bytesOf(other as unknown as ArrayBufferView)] : [one, other]
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return left.length === right.length && left.every((byte, index) => byte === right[index])
  }
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].every((name) => isSame((left as typeof one)[name], (right as typeof other)[name]))
}

/** A value in a message. */
export function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes ${showSome(bytesOf(value), 16)}`
  if (Array.isArray(value)) return showSome(value, 50)
  if (value instanceof Error) return String(value)
  if (isRecord(value)) {
    const fields = Object.entries(value).map(([name, field]) => `${name}: ${show(field)}`)
    return `{ ${fields.join(', ')} }`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function showSome(values: ArrayLike<unknown>, most: number): string {
  const some = Array.from({ length: Math.min(values.length, most) }, (_, index) => show(values[index]))
  return `[${some.join(', ')}${values.length > most ? ', …' : ''}]`
}

/** Thrown by a law that does not hold; whatever else is thrown came from the store. */
export class BrokenLaw extends Error {}

/** Says what a law expected and what came. */
export function refuse(what: string, expected: string, actual: unknown): never {
  throw new BrokenLaw(`${what}: expected ${expected.slice(0, 500)}, got ${show(actual).slice(0, 500)}`)
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!isSame(actual, expected)) refuse(what, show(expected), actual)
}

/** How far behind a store may be in telling when to come back; the laws take less, on any machine. */
const slackMs = 60_000

/** A server may look at its clock a moment before it sees what another has just written. */
const grainMs = 1

/** Whether that is a sensible time to come back for what is free in so many milliseconds. */
export const isWithin = (retryAfterMs: unknown, remainingMs: number): boolean =>
  typeof retryAfterMs === 'number' && retryAfterMs >= Math.max(0, remainingMs - slackMs) && retryAfterMs <= remainingMs + grainMs

/** In progress for about so long: never more, and a minute less at most. */
export function inProgress(claim: Claim, remainingMs: number, what: string): void {
  if (claim?.status === 'in_progress' && isWithin(claim.retryAfterMs, remainingMs)) return
  const least = Math.max(0, remainingMs - slackMs)
  refuse(what, `in_progress with retryAfterMs from ${least} to ${remainingMs}`, claim)
}

const statuses = ['claimed', 'in_progress', 'completed', 'mismatch'] as const

/** How often each status was given; whatever else was said counts as none of them. */
const tally = (claims: readonly Claim[]) =>
  Object.fromEntries(statuses.map((status) => [status, claims.filter((claim) => claim?.status === status).length]))

/** Of so many claims at once one was granted, as that attempt, and every other was told to wait. */
export function oneWinner(claims: readonly Claim[], attempt: number, what: string): void {
  equal(tally(claims), { claimed: 1, in_progress: claims.length - 1, completed: 0, mismatch: 0 }, what)
  equal(
    claims.find(({ status }) => status === 'claimed'),
    claimed(attempt),
    `${what}, the winner`,
  )
}
