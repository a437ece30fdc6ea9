import { decode } from '../core/encoding'
import { type DerValue, readDer, tags, writeDer } from './der'

/** What is read of an X.509 certificate (RFC 5280, section 4.1). */
export interface Certificate {
  /** The public key, as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
}

const version = 0xa0
const utcTime = 0x17
const generalizedTime = 0x18

/** The values inside a sequence; undefined where it is none. */
const valuesIn = (value: DerValue | undefined) => (value?.tag === tags.sequence ? readDer(value.content) : undefined)

/** A time in one of the two forms that certificates have (RFC 5280, section 4.1.2.5). */
function readTime({ tag, content }: DerValue): Date | undefined {
  const text = new TextDecoder().decode(content)
  const match = /^(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (!match || tag !== (match[1] === undefined ? utcTime : generalizedTime)) return undefined
  const [, century, year, month, day, hour, minute, second] = match
  const time = new Date(`${century ?? (Number(year) < 50 ? 20 : 19)}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

const pem = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/

/** The first certificate in a PEM text (RFC 7468); undefined where there is none. Its own signature is not checked. */
export function readCertificate(text: string): Certificate | undefined {
  const bytes = decode(pem.exec(text)?.[1]?.replace(/\s/g, '') ?? '', 'base64')
  if (!bytes) return undefined
  const [certificate, second] = readDer(bytes) ?? []
  const fields = second ? undefined : valuesIn(valuesIn(certificate)?.[0])
  if (!fields) return undefined
  // The version is left out of the oldest; then serial number, algorithm, issuer, validity, subject, key.
  const first = fields[0]?.tag === version ? 1 : 0
  const [notBefore, notAfter] = (valuesIn(fields[first + 3]) ?? []).map(readTime)
  const key = fields[first + 5]
  if (!notBefore || !notAfter || key?.tag !== tags.sequence) return undefined
  return { publicKey: writeDer(key.tag, key.content), notBefore, notAfter }
}
