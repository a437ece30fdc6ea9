import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const hex = (tag: number, digits: string) => der(tag, Buffer.from(digits, 'hex'))
const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')))

const commonName = '550403'
const subjectAltName = '551d11'
const algorithms = {
  ec: sequence(hex(0x06, '2a8648ce3d040302')),
  rsa: sequence(hex(0x06, '2a864886f70d01010b'), Buffer.from([0x05, 0x00])),
}

/** What a certificate is made of, beside its name. */
interface Particulars {
  /** IP addresses that it is for. */
  readonly address?: readonly number[]
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  readonly notBefore?: Date
  readonly notAfter?: Date
}

const day = 86_400_000

/** A certificate that its own key has signed (RFC 5280, section 4.1), made anew so that none ever runs out. */
export function selfSigned(name: string, particulars: Particulars = {}): { cert: string; key: string } {
  const { address = [], keys = generateKeyPairSync('ec', { namedCurve: 'P-256' }) } = particulars
  const { notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + day) } = particulars
  const { privateKey, publicKey } = keys
  const algorithm = algorithms[privateKey.asymmetricKeyType as 'ec' | 'rsa']
  const issuer = sequence(der(0x31, sequence(hex(0x06, commonName), der(0x0c, Buffer.from(name)))))
  const names = sequence(der(0x82, Buffer.from(name)), ...(address.length > 0 ? [der(0x87, Buffer.from(address))] : []))
  const content = sequence(
    der(0xa0, hex(0x02, '02')),
    hex(0x02, '01'),
    algorithm,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    issuer,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(hex(0x06, subjectAltName), der(0x04, names)))),
  )
  const signature = sign('sha256', content, privateKey)
  const whole = sequence(content, algorithm, der(0x03, Buffer.from([0]), signature))
  const cert = `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}
