import { utf8 } from '../../core/bytes'
import { decode, encode } from '../../core/encoding'
import { VerificationError } from '../../core/errors'
import { type HeaderLocation, type HeaderReader, readItems } from '../../core/headers'
import type { Signer } from '../../crypto/algorithm'
import { sha256 } from '../../crypto/digest'
import { equal } from '../../crypto/equal'
import { readJsonWebKey } from '../../crypto/key-structure'
import type { Secret } from '../../crypto/secret'
import type { ProofFormat } from '../proof'
import type { Scheme } from '../scheme'
import { type Timing, timing, timingHints } from '../timing'

/** Where a token says which body it is for. */
export interface JwtOptions {
  /** The claim that holds the SHA-256 of the body. */
  readonly claim: string
  readonly encoding: 'hex' | 'base64'
}

interface Token {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
  /** What is signed: header and claims as they came. */
  readonly content: string
  readonly signature: Uint8Array
}

const mostTokenBytes = 8192

/** The object in a part of a token, or undefined where there is none. */
function readPart(text: string): Record<string, unknown> | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decode(text, 'base64url')))
  } catch {}
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

/** The token in a request, as RFC 7515 (section 3.1) writes it; nothing in it is to be believed before its signature holds. */
function readToken({ signature: place }: Scheme, read: HeaderReader): Token {
  const { header: name } = place as HeaderLocation
  const [text] = readItems(read, place as HeaderLocation) as [string]
  const match = /^([^.]+)\.([^.]+)\.([^.]+)$/.exec(text)
  if (!match || text.length > mostTokenBytes) throw new VerificationError('malformed_header', name)
  const [, head, payload, seal] = match as unknown as [string, string, string, string]
  const header = readPart(head)
  const claims = readPart(payload)
  const signature = decode(seal, 'base64url')
  // An extension that must be understood (`crit`) is not.
  const isSound = header && claims && signature && !Object.hasOwn(header, 'crit')
  if (!isSound) throw new VerificationError('malformed_header', name)
  return { header, claims, content: `${head}.${payload}`, signature }
}

const issueTime = (): Timing => ({
  ...timing,
  fromHeaders(scheme, read) {
    const { iat } = readToken(scheme, read).claims
    return typeof iat === 'number' ? String(iat) : ''
  },
  fromBody: () => undefined,
})

/** The time at which a token was issued (`iat`). */
export const issuedAt: Timing = /* @__PURE__ */ issueTime()

/** A proof in a JSON Web Token (RFC 7519) that holds the hash of the body. The key says which algorithm it is; `none` is none. */
export const jwt = ({ claim, encoding }: JwtOptions): ProofFormat => ({
  read(scheme, { read, body, now }) {
    const { header, claims, content, signature } = readToken(scheme, read)
    const digest = claims[claim]
    const claimed = typeof digest === 'string' ? decode(digest, encoding) : undefined
    if (claimed?.length !== 32) throw new VerificationError('malformed_header', claim)
    const seconds = Math.floor(now.getTime() / 1000)
    const { exp, nbf } = claims
    if (exp !== undefined && !(typeof exp === 'number' && seconds < exp)) {
      throw new VerificationError('timestamp_too_old', 'exp', timingHints)
    }
    if (nbf !== undefined && !(typeof nbf === 'number' && seconds >= nbf)) {
      throw new VerificationError('timestamp_too_new', 'nbf', timingHints)
    }
    return {
      identity: { id: undefined, idIsSigned: false },
      matches: async (verifier) =>
        header.alg === verifier.name && (await verifier.matches([content], [signature])) && equal(await sha256([body]), claimed),
    }
  },
  async write({ signature: place, timing: hasTime }, { body, time, signers, secrets }) {
    const { name: alg, sign } = signers[0] as Signer
    const kid = readJsonWebKey(secrets[0] as Secret)?.kid
    const digest = encode(await sha256([body]), encoding)
    const iat = hasTime ? Math.floor(time.getTime() / 1000) : undefined
    const parts = [
      { alg, kid, typ: 'JWT' },
      { iat, [claim]: digest },
    ].map((part) => encode(utf8(JSON.stringify(part)), 'base64url'))
    const content = parts.join('.')
    const token = `${content}.${encode(await sign([content]), 'base64url')}`
    return { headers: { [(place as HeaderLocation).header]: token } }
  },
})
