import { formatTimestamp } from '../../core/clock'
import { encode } from '../../core/encoding'
import { ConfigurationError, VerificationError } from '../../core/errors'
import type { HeaderReader } from '../../core/headers'
import { expectOption } from '../../core/options'
import { readJsonWebKey } from '../../crypto/key-structure'
import type { Secret } from '../../crypto/secret'
import type { ProofFormat } from '../proof'
import type { Scheme } from '../scheme'
import { type Timing, timing, timingHints } from '../timing'
import { type Component, componentOf, type Source, signatureBase, sourceOf, writeInput } from './components'
import { checkDigest, contentDigest, digestHints, writeDigest } from './content-digest'
import { bytesOf, type InnerList, type Parameters, parseDictionary, textOf, writeText } from './structured-fields'

/** What a signature must be, beyond being right. */
export interface Requirements {
  /** What it must cover. */
  readonly components: readonly Component[]
  readonly label: string | undefined
  readonly tag: string | undefined
}

/** A signature of a request that is what is required, and yet to be checked. */
interface Candidate {
  readonly components: readonly Component[]
  /** What it says of itself, as it is signed. */
  readonly input: string
  readonly created: string
  readonly expires: string | undefined
  readonly signature: Uint8Array
}

/** More than a sender and its proxies make, and as many as `sign` does. */
const mostCandidates = 8
const mostComponents = 64

const inputHeader = 'signature-input'
const signatureHeader = 'signature'

const hints = {
  no_signature: 'no signature that is what the scheme requires. Does the sender cover less, or use another algorithm or label?',
} as const

/** Whether the parameters of a signature are of their types and say what is required (RFC 9421, section 2.3). */
function fits(parameters: Parameters, { algorithm }: Scheme, tag: string | undefined): boolean {
  // A value that begins with a digit is a whole number in its one form, by the grammar of values.
  const isNumber = (name: string) => /^\d/.test(parameters.get(name) as string)
  const isText = (name: string) => !parameters.has(name) || textOf(parameters.get(name)) !== undefined
  return (
    isNumber('created') &&
    (isNumber('expires') || !parameters.has('expires')) &&
    ['nonce', 'keyid', 'tag', 'alg'].every(isText) &&
    (tag === undefined || textOf(parameters.get('tag')) === tag) &&
    [undefined, algorithm.name].includes(textOf(parameters.get('alg')))
  )
}

/** The components that a list names; undefined where one is unknown or there twice, where there are none, or too many. */
function componentsOf({ items }: InnerList): Component[] | undefined {
  if (items.length === 0 || items.length > mostComponents) return undefined
  const components = items.map(componentOf)
  const identifiers = new Set(components.map((component) => component?.identifier))
  return components.every((component) => component !== undefined) && identifiers.size === items.length ? components : undefined
}

/** The signatures of a request that are what is required, of all that it has; at least one. */
function readCandidates(scheme: Scheme, required: Requirements, read: HeaderReader): Candidate[] {
  const dictionary = (header: string) => {
    const text = read(header)
    if (text === undefined) throw new VerificationError('missing_header', header)
    return parseDictionary(text, header)
  }
  const signatures = dictionary(signatureHeader)
  const candidates: Candidate[] = []
  for (const [label, list] of dictionary(inputHeader)) {
    if (candidates.length === mostCandidates) break
    const item = signatures.get(label)
    if (!('items' in list) || !item || 'items' in item) continue
    const components = componentsOf(list)
    const signature = bytesOf(item.value)
    if (!components || !signature?.length || item.parameters.size > 0) continue
    const isRequired =
      (required.label ?? label) === label &&
      fits(list.parameters, scheme, required.tag) &&
      required.components.every(({ identifier }) => components.some((component) => component.identifier === identifier))
    if (!isRequired) continue
    if (signature.length !== (scheme.algorithm.signatureBytes ?? signature.length)) continue
    const { parameters } = list
    const [created, expires] = [parameters.get('created') as string, parameters.get('expires')]
    candidates.push({ components, input: writeInput(components, parameters), created, expires, signature })
  }
  if (candidates.length === 0) throw new VerificationError('no_signature', inputHeader, hints)
  return candidates
}

/** The time at which a request was signed: that of the first signature which is what is required; the others count only if they share it. */
export const createdAt = (required: Requirements): Timing => ({
  ...timing,
  fromHeaders: (scheme, read) => (readCandidates(scheme, required, read)[0] as Candidate).created,
  fromBody: () => undefined,
})

/** HTTP Message Signatures (RFC 9421) of a request; `written` is what `sign` covers. */
export function httpSignature(required: Requirements, written: readonly Component[]): ProofFormat {
  return {
    async read(scheme, { read, body, url, method, timestamp, now }) {
      const seconds = Math.floor(now.getTime() / 1000)
      const isHeld = await checkDigest(read, body)
      // The time that was checked is the time of each that is tried: a second signature cannot lend its own.
      const candidates = readCandidates(scheme, required, read).filter(({ created }) => created === timestamp)
      const current = candidates.filter(({ expires }) => expires === undefined || Number(expires) >= seconds)
      if (current.length === 0) throw new VerificationError('timestamp_too_old', 'expires', timingHints)

      const source = sourceOf({ read, url, method })
      const signed: { readonly base: string; readonly signature: Uint8Array }[] = []
      let refusal: unknown
      for (const { components, input, signature } of current) {
        try {
          if (!isHeld && components.some(({ name }) => name === contentDigest)) refuseDigest(read)
          signed.push({ base: signatureBase(components, input, source), signature })
        } catch (error) {
          refusal ??= error
        }
      }
      if (signed.length === 0) throw refusal
      return {
        identity: { id: undefined, idIsSigned: false },
        async matches(verifier) {
          for (const { base, signature } of signed) if (await verifier.matches([base], [signature])) return true
          return false
        },
      }
    },

    async write(_scheme, { body, url, method, time, signers, secrets }) {
      const headers: Record<string, string> = {}
      if (written.some(({ name }) => name === contentDigest)) headers[contentDigest] = await writeDigest(body)
      const source = sourceOf({ read: (name) => headers[name], url: sentUrl(url), method })

      const inputs: string[] = []
      const signatures: string[] = []
      for (const [at, signer] of (required.label === undefined ? signers : signers.slice(0, 1)).entries()) {
        const label = required.label ?? `sig${at + 1}`
        const input = writeInput(written, writtenParameters(time, secrets[at] as Secret, required.tag))
        const signature = await signer.sign([writtenBase(written, input, source)])
        inputs.push(`${label}=${input}`)
        signatures.push(`${label}=:${encode(signature, 'base64')}:`)
      }
      return { headers: { ...headers, [inputHeader]: inputs.join(', '), [signatureHeader]: signatures.join(', ') } }
    },
  }
}

/** A hash of the body that is signed must be there, and be one that we know. */
function refuseDigest(read: HeaderReader): never {
  if (read(contentDigest) === undefined) throw new VerificationError('missing_header', contentDigest)
  throw new VerificationError('malformed_header', contentDigest, digestHints)
}

/** What `sign` signs. */
function writtenBase(components: readonly Component[], input: string, source: Source): string {
  try {
    return signatureBase(components, input, source)
  } catch {
    throw new ConfigurationError('invalid_option', `Expected \`url\` and \`method\` to give ${input}: \`sign\` sees no headers`)
  }
}

function writtenParameters(time: Date, secret: Secret, tag: string | undefined): Parameters {
  const kid = readJsonWebKey(secret)?.kid
  expectOption(kid === undefined || (typeof kid === 'string' && /^[ -~]*$/.test(kid)), 'kid', 'printable ASCII', kid)
  const texts = { keyid: kid, tag }
  const parameters = new Map([['created', formatTimestamp(time, 's')]])
  for (const [name, text] of Object.entries(texts)) if (text !== undefined) parameters.set(name, writeText(text))
  return parameters
}

/** The URL as a client sends it. */
function sentUrl(text: string): string {
  expectOption(URL.canParse(text), 'url', 'an absolute URL', text)
  return new URL(text).href
}
