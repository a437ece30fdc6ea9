import { toBytes } from '../core/bytes'
import { headerReader } from '../core/headers'
import { expectOption } from '../core/options'
import type { Secret } from '../crypto/secret'
import type { InBody, InHeader, Scheme } from '../schemes/scheme'
import { secretsOf } from '../signing/keys'
import type { VerifyOptions } from '../signing/verify'
import type { Suspect } from './explanation'

/** What `verify` was given, and what may have been mixed up with it. */
export interface ExplainOptions extends VerifyOptions {
  /** Secrets that may be the right one, by names that may be shown, such as `{ 'live mode': … }`; at most 16. */
  readonly otherSecrets?: Readonly<Record<string, Secret>> | undefined
}

/** Headers as pairs, in the order of their arrival. */
export type HeaderPairs = readonly (readonly [string, string])[]

/** What a guess may change of a request. */
export interface Changeable {
  readonly scheme: Scheme
  readonly secrets: readonly Secret[]
  readonly headers: HeaderPairs
  readonly body: Uint8Array
  readonly url: string | undefined
  readonly method: string
}

/** A refused request, and what the guesses may look at. */
export interface Case extends Changeable {
  /** The secrets as they were given, also those that cannot be keys of the scheme. */
  readonly given: readonly Secret[]
  readonly now: Date
  readonly toleranceSeconds: number | false | undefined
  readonly otherSecrets: readonly (readonly [string, Secret])[]
  /** The body as text, every character of it; undefined where it is not UTF-8. */
  readonly text: string | undefined
}

/** What may be wrong, and how the request would look without it. */
export interface Guess extends Suspect {
  readonly change: Partial<Changeable>
}

/** One kind of mistake: proposes what the sender may have signed, the likeliest first. It knows nothing of the others. */
export interface Hypothesis {
  /** Guesses of two different parts may be true at once. */
  readonly part: 'body' | 'secret' | 'scheme' | 'url'
  /** What is ruled out when none of the guesses holds. */
  readonly rulesOut: string
  /** How many times as long as hashing it takes to make a guess; default 1. */
  readonly effort?: number
  guesses(request: Case): Iterable<Guess> | AsyncIterable<Guess>
}

const mostOtherSecrets = 16

/** Headers of any shape as pairs, so that a one-shot iterable can be read many times. */
function pairsOf(headers: VerifyOptions['headers']): HeaderPairs {
  // Refuses what are no headers, without reading any.
  const isIterable = typeof headers === 'object' && headers !== null && Symbol.iterator in headers
  headerReader(isIterable ? [] : headers)
  const pairs: Iterable<readonly [string, unknown]> =
    Symbol.iterator in headers
      ? headers
      : Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value): [string, unknown] => [name, value]))
  return [...pairs].flatMap(([name, value]) => (typeof value === 'string' ? [[String(name), value] as const] : []))
}

/** The text of UTF-8 bytes with all its characters, or undefined. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Gathers what is known, of options that `verify` takes. */
export function gather(scheme: Scheme, options: ExplainOptions): Case {
  const { otherSecrets = {}, url, method = 'POST', now = new Date(), toleranceSeconds } = options
  const isRecord = typeof otherSecrets === 'object' && otherSecrets !== null && !Array.isArray(otherSecrets)
  const others = isRecord ? Object.entries(otherSecrets) : []
  const holds = isRecord && others.length <= mostOtherSecrets
  expectOption(holds, 'otherSecrets', `a record of at most ${mostOtherSecrets} secrets`, otherSecrets)
  const body = toBytes(options.body)
  const secrets = secretsOf(options.secret)
  return {
    scheme,
    secrets,
    given: secrets,
    otherSecrets: others,
    headers: pairsOf(options.headers),
    body,
    text: textOf(body),
    url: url === undefined ? undefined : String(url),
    method,
    now,
    toleranceSeconds,
  }
}

/** The value of the first header of a lower-case name. */
export const headerOf = (headers: HeaderPairs, name: string): string | undefined =>
  headers.find(([other]) => other.toLowerCase() === name)?.[1]

const headersAt = (...places: readonly (InBody | InHeader | undefined)[]) =>
  places.flatMap((place) => (place && 'header' in place ? place.header : []))

/** The headers without which a scheme verifies nothing, in lower case. */
export function neededHeaders({ signature, timestamp, id }: Scheme): string[] {
  const signedId = id && 'header' in id && id.signed ? id : undefined
  return [...new Set(headersAt(signature, timestamp, signedId))]
}

/** Whether a scheme signs a part of the request; one with a proof of its own may sign any. */
export const signs = ({ content, proof }: Scheme, part: 'url' | 'method'): boolean =>
  proof !== undefined || content.includes(part)
