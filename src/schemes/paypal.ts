import { decode } from '../core/encoding'
import { VerificationError } from '../core/errors'
import { readItems } from '../core/headers'
import { crc32 } from '../crypto/crc32'
import { rsaSha256 } from '../crypto/rsa'
import { subscription } from '../crypto/subscription'
import { makeScheme } from './make'
import type { ProofFormat } from './proof'
import { type CertificateOptions, fetchCertificates } from './proofs/certificates'
import type { Scheme } from './scheme'
import { timing } from './timing'

const isTrusted = ({ hostname, pathname }: URL) =>
  /^api(-m)?(\.sandbox)?\.paypal\.com$/.test(hostname) && /^\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,100}$/.test(pathname)

/** The checksum of the body, the id and the time, under a certificate that a header names. */
function proof(options: CertificateOptions | undefined): ProofFormat {
  const certificates = fetchCertificates(isTrusted, options)
  return {
    async read(_, { read, body, now, timestamp }) {
      const [id] = readItems(read, { header: 'paypal-transmission-id' }) as [string]
      const [text] = readItems(read, { header: 'paypal-transmission-sig' }) as [string]
      const [url] = readItems(read, { header: 'paypal-cert-url' }) as [string]
      if (!/^[\w-]+$/.test(id)) throw new VerificationError('malformed_header', 'paypal-transmission-id')
      const signature = decode(text, 'base64')
      if (!signature?.length) throw new VerificationError('no_signature')
      const { publicKey } = await certificates(url, now)
      const checksum = String(crc32(body))
      return {
        // Every try may have an id of its own; the event's is in the body.
        identity: { id: undefined, idIsSigned: false },
        matches: ({ name }) =>
          rsaSha256.verifier(publicKey, { encoding: 'base64' }).matches([[id, timestamp, name, checksum].join('|')], [signature]),
      }
    },
  }
}

/** {@link paypal} with certificates that are fetched in another way, such as through a proxy. */
export function paypalWith(options?: CertificateOptions): Scheme {
  return makeScheme(
    {
      name: 'paypal',
      content: ['timestamp', { text: '|' }, 'body'],
      algorithm: subscription('the id of the webhook, such as 8PT597110X687430LKGECATA', /^[A-Z0-9]{10,40}$/),
      key: 'utf8',
      encoding: 'base64',
      signature: { header: 'paypal-transmission-sig' },
      proof: proof(options),
      timestamp: { header: 'paypal-transmission-time' },
      unit: 'iso',
      id: { body: '/id' },
      type: { body: '/event_type' },
      retry: { windowSeconds: 259_200, resigned: true },
    },
    timing,
  )
}

/**
 * PayPal, with the id of the webhook as secret; the key is in a certificate that is fetched from PayPal and kept.
 *
 * Not signed: the body but for a checksum of 32 bits, for which whoever has seen one request can make another body. So act on
 * what PayPal’s API says of the event, or let PayPal verify it. Source: developer.paypal.com/api/rest/webhooks/rest.
 */
export const paypal = /* @__PURE__ */ paypalWith()
