import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Scheme, Secret } from 'countersign'

/** What the two sides of a scheme hold; the same where they share it. */
export interface Keys {
  readonly receiver: Secret
  readonly sender: Secret
}

const pairs: Record<string, () => { publicKey: KeyObject; privateKey: KeyObject }> = {
  ed25519: () => generateKeyPairSync('ed25519'),
  ecdsa: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** New keys of the kind that a scheme takes. */
export function newKeys({ algorithm, key }: Scheme): Keys {
  const kind = Object.keys(pairs).find((name) => algorithm.name.startsWith(name))
  if (kind) {
    const { publicKey, privateKey } = (pairs[kind] as () => { publicKey: KeyObject; privateKey: KeyObject })()
    return { receiver: publicKey.export({ format: 'jwk' }), sender: privateKey.export({ format: 'jwk' }) }
  }
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(32)))
  const text = key.encoding === 'utf8' ? `user:${bytes.toString('hex')}` : bytes.toString(key.encoding)
  const secret = `${key.encoding === 'utf8' ? '' : (key.prefix ?? '')}${text}`
  return { receiver: secret, sender: secret }
}

/** The schemes whose key only the provider can hold. */
export const isProviders = (name: string): boolean => ['aws-sns', 'aws-sns-v1', 'paypal'].includes(name)
