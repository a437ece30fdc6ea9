import type { Algorithm } from './algorithm'
import { refuseSecret, secretBytes } from './secret'

/** No key but the name of what one subscribed to; the key is the provider's, in a certificate. Only the provider can sign. */
export const subscription = (name: string, pattern: RegExp): Algorithm => ({
  name: 'rsa-sha256',
  verifier(secret, format) {
    const text = new TextDecoder().decode(secretBytes(secret, format))
    if (!pattern.test(text)) refuseSecret(`to be ${name}`)
    return { name: text, matches: () => false }
  },
  signer: () => refuseSecret('to be a key: only the provider can sign'),
})
