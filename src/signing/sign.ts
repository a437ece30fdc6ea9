import { type Body, toBytes } from '../core/bytes'
import { formatTimestamp } from '../core/clock'
import { encode } from '../core/encoding'
import type { HeaderLocation } from '../core/headers'
import { expectDate, expectOption } from '../core/options'
import { generateId } from '../crypto/random'
import type { Scheme } from '../schemes/scheme'
import { expectScheme, expectUrl, isSeparable, signedContent } from './content'
import { type Secrets, secretsOf, signerOf } from './keys'

/** What `sign` signs, and the secret to do it with. */
export interface SignOptions {
  /** What the two sides share, or the private key; all are used where the scheme can carry several signatures, else the first. */
  readonly secret: Secrets
  /** The exact bytes that will be sent. */
  readonly body: Body
  /** The event’s id, the same on every try. Made up where absent and the scheme has one in a header. */
  readonly id?: string | undefined
  /** Default: the current time. */
  readonly timestamp?: Date | undefined
  /** The URL that will be called, for schemes that sign it. */
  readonly url?: string | URL | undefined
  /** Default `POST`. */
  readonly method?: string | undefined
}

/**
 * Resolves to the headers that prove a body to its receiver, with lower-case names.
 *
 * Sign again on every try, so that the timestamp is fresh. Rejects with a `ConfigurationError` for a mistake in the options, such
 * as an id that the scheme could not keep apart from what follows it.
 */
export async function sign(scheme: Scheme, options: SignOptions): Promise<Record<string, string>> {
  expectScheme(scheme)
  const { timestamp: time = new Date(), method = 'POST' } = options
  expectDate('timestamp', time)
  const url = expectUrl(scheme, options.url)
  const body = toBytes(options.body)
  const secrets = secretsOf(options.secret)
  const signers = (scheme.signature.list === undefined ? secrets.slice(0, 1) : secrets).map((secret) => signerOf(scheme, secret))

  const headers: Record<string, string> = {}
  const add = ({ header, prefix = '', list = '' }: HeaderLocation, value: string) => {
    const before = headers[header]
    headers[header] = `${before === undefined ? '' : before + list}${prefix}${value}`
  }

  let id: string | undefined
  if (scheme.id && 'header' in scheme.id) {
    id = options.id ?? generateId()
    expectOption(
      typeof id === 'string' && isSeparable(scheme, id),
      'id',
      'printable ASCII without a space or the scheme’s separator',
      id,
    )
    add(scheme.id, id)
  }
  let timestamp: string | undefined
  if (scheme.timestamp && 'header' in scheme.timestamp) {
    timestamp = formatTimestamp(time, scheme.unit)
    add(scheme.timestamp, timestamp)
  }
  const content = signedContent(scheme, { id, timestamp, body, url, method })
  for (const signer of signers) add(scheme.signature, encode(await signer.sign(content), scheme.encoding))
  return headers
}
