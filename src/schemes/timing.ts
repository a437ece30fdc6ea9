import { parseTimestamp, widths } from '../core/clock'
import { VerificationError } from '../core/errors'
import { type HeaderReader, readItems } from '../core/headers'
import { readPointer } from '../core/pointer'
import type { ContentPart, InBody, Scheme } from './scheme'

/** Why a time was refused; here and not with the others, so that a scheme without one does not carry it. */
export const timingHints = {
  malformed_timestamp: 'the timestamp is not in the form of the scheme',
  timestamp_too_old: 'the timestamp is too old. A replay, or a wrong clock?',
  timestamp_too_new: 'the timestamp is in the future. A wrong clock?',
} as const

/** The text of the time in the headers; undefined where the scheme keeps it in the body. */
function fromHeaders({ timestamp }: Scheme, read: HeaderReader): string | undefined {
  if (!timestamp || !('header' in timestamp)) return undefined
  const [first, second] = readItems(read, timestamp)
  if (second !== undefined) throw new VerificationError('duplicate_header', timestamp.header)
  if (first === undefined) throw new VerificationError('malformed_header', timestamp.header)
  return first
}

/** The text of the time in the body, which must be verified before it is parsed; asked for where the headers have none. */
function fromBody({ timestamp }: Scheme, body: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return readPointer(JSON.parse(text), (timestamp as InBody).body) ?? ''
  } catch {
    return ''
  }
}

/** Whether the time stands beside what is no fixed text, and could lend it a digit. */
function hasLooseNeighbour({ content }: Scheme): boolean {
  const at = content.indexOf('timestamp')
  const isLoose = (part: ContentPart | undefined) => part !== undefined && !(typeof part === 'object' && 'text' in part)
  return at >= 0 && (isLoose(content[at - 1]) || isLoose(content[at + 1]))
}

/** The time that a text names, when it is well-formed and at most `toleranceSeconds` from now, in either direction. */
function check(scheme: Scheme, text: string | undefined, toleranceSeconds: number | false, now: Date): Date | undefined {
  if (text === undefined) return undefined
  const { unit } = scheme
  const time = parseTimestamp(text, unit, text.length !== widths[unit] && hasLooseNeighbour(scheme))
  if (time === undefined) {
    const subject = unit === 's' && /^\d{13}$/.test(text) ? 'milliseconds for seconds' : undefined
    throw new VerificationError('malformed_timestamp', subject, timingHints)
  }
  if (toleranceSeconds !== false) {
    // A clock in whole seconds is compared in whole seconds.
    const resolution = unit === 's' ? 1000 : 1
    const age = (Math.floor(now.getTime() / resolution) * resolution - time) / 1000
    const subject = `off by ${age} s, tolerance ${toleranceSeconds} s`
    if (age > toleranceSeconds) throw new VerificationError('timestamp_too_old', subject, timingHints)
    if (age < -toleranceSeconds) throw new VerificationError('timestamp_too_new', subject, timingHints)
  }
  return new Date(time)
}

/** How a scheme’s time is read and checked. */
export interface Timing {
  /** The text of the time in the headers, or undefined where it is not there. */
  fromHeaders(scheme: Scheme, read: HeaderReader): string | undefined
  /** The text of the time in a verified body, empty where it is not there; undefined where the scheme has none in a body. */
  fromBody(scheme: Scheme, body: Uint8Array): string | undefined
  /** The time of a text, if there is one; throws a `VerificationError` for a text that is no time, or one too far from now. */
  check(scheme: Scheme, text: string | undefined, toleranceSeconds: number | false, now: Date): Date | undefined
}

/** The time of most schemes; only those that have one carry it. */
export const timing: Timing = { fromHeaders, fromBody, check }
