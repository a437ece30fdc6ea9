import { formatTimestamp } from '../../core/clock'
import { decode, encode } from '../../core/encoding'
import { VerificationError } from '../../core/errors'
import { type HeaderLocation, type HeaderReader, readItems } from '../../core/headers'
import { expectOption } from '../../core/options'
import type { Part } from '../../crypto/algorithm'
import { generateId } from '../../crypto/random'
import type { Identity, Proof, ProofRequest, Signed, Unsigned } from '../proof'
import type { Scheme } from '../scheme'

/** More than any sender has in rotation, and few enough that a long list costs an attacker more than us. */
const mostSignatures = 16

/** The bytes of what a request says is a signature, where it is well-formed. */
export function readSignature({ encoding, algorithm }: Scheme, text: string): Uint8Array | undefined {
  const bytes = decode(text, encoding)
  return bytes?.length && bytes.length === (algorithm.signatureBytes ?? bytes.length) ? bytes : undefined
}

/** The first well-formed signatures of the version that the scheme knows. */
function readSignatures(scheme: Scheme, read: HeaderReader): Uint8Array[] {
  let signatures: Uint8Array[] | undefined
  // Where the signature is in the body, another proof reads it.
  for (const text of readItems(read, scheme.signature as HeaderLocation)) {
    const bytes = !signatures?.[mostSignatures - 1] && readSignature(scheme, text)
    if (!bytes) continue
    if (signatures) signatures.push(bytes)
    else signatures = [bytes]
  }
  if (!signatures) throw new VerificationError('no_signature')
  return signatures
}

/** Whether an id cannot swallow what follows it: one signature must stand for exactly one id, timestamp and body. */
function isSeparable(content: Scheme['content'], id: string): boolean {
  const next = content[content.indexOf('id') + 1]
  // Times in RFC 3339 hold colons, and `defineScheme` lets no other neighbour be without a separator. No id has a space.
  const separator = typeof next === 'object' ? (next as { text: string }).text.charAt(0) : next ? ':' : ' '
  return /^[\x21-\x7e]+$/.test(id) && !id.includes(separator)
}

/** The id in the headers; where it is signed it must be there, and must be unable to pass for what follows it. */
function readId(scheme: Scheme, read: HeaderReader): Identity {
  const { id: place } = scheme
  if (!place || !('header' in place)) return { id: undefined, idIsSigned: false }
  const idIsSigned = place.signed
  const id = idIsSigned || read(place.header) !== undefined ? readItems(read, place)[0] : undefined
  if (idIsSigned && !isSeparable(scheme.content, id as string)) throw new VerificationError('malformed_header', place.header)
  return { id, idIsSigned }
}

/** What is signed: the pieces of the scheme’s content, never a template, so that no value can pass for another. */
const signedContent = (
  { content }: Scheme,
  values: Pick<ProofRequest, 'url' | 'method' | 'timestamp'> & Pick<Identity, 'id'> & { readonly body: Part },
): Part[] => content.map((part) => (typeof part === 'object' ? (part as { text: string }).text : (values[part] as Part)))

/** Reads a proof whose pieces stand in headers of their own. */
export function readHeaders(scheme: Scheme, request: Omit<ProofRequest, 'body'> & { readonly body: Part }): Proof {
  const { read } = request
  const signatures = readSignatures(scheme, read)
  const identity = readId(scheme, read)
  // A spread stands last, or it takes ten times as long on Node 20.
  const content = signedContent(scheme, { id: identity.id, ...request })
  return { identity, matches: (verifier) => verifier.matches(content, signatures) }
}

/** The text of a signature, as a scheme writes it. */
export const writeSignature = ({ encoding }: Scheme, signature: Uint8Array): string =>
  encoding === 'utf8' ? new TextDecoder().decode(signature) : encode(signature, encoding)

/** Writes a proof whose pieces stand in headers of their own; refuses an id that could pass for what follows it. */
export function writeHeaders(
  scheme: Scheme,
  request: Omit<Unsigned, 'body'> & { readonly body: Part },
): Signed | Promise<Signed> {
  const headers: Record<string, string> = {}
  const { encoding } = scheme
  let { id } = request
  let timestamp: string | undefined
  if (scheme.id && 'header' in scheme.id) {
    id ??= generateId()
    // An id that is not signed has nothing to be kept apart from.
    const isSent = typeof id === 'string' && isSeparable(scheme.id.signed ? scheme.content : [], id)
    expectOption(isSent, 'id', 'printable ASCII without a space or the scheme’s separator', id)
    headers[scheme.id.header] = id
  }
  if (scheme.timestamp && 'header' in scheme.timestamp) {
    timestamp = formatTimestamp(request.time, scheme.unit)
    headers[scheme.timestamp.header] = `${scheme.timestamp.prefix ?? ''}${timestamp}`
  }
  const { body, url, method } = request
  const content = signedContent(scheme, { body, url, method, id, timestamp })

  const { header, prefix = '', list } = scheme.signature as HeaderLocation
  const before = headers[header]
  const finish = (signatures: readonly (string | Uint8Array)[]): Signed => {
    let text = before
    for (const one of signatures) {
      const signature = typeof one === 'string' ? one : writeSignature(scheme, one)
      text = `${text === undefined ? '' : text + (list ?? '')}${prefix}${signature}`
    }
    headers[header] = text as string
    return { headers }
  }
  const made: (string | Uint8Array | Promise<Uint8Array>)[] = []
  for (const signer of request.signers) {
    made.push((encoding !== 'utf8' && signer.write?.(content, encoding)) || signer.sign(content))
    if (list === undefined) break
  }
  return made.every(isMade) ? finish(made) : Promise.all(made).then(finish)
}

const isMade = (signature: string | Uint8Array | Promise<Uint8Array>): signature is string | Uint8Array =>
  typeof signature === 'string' || ArrayBuffer.isView(signature)
