import { decode } from '../core/encoding'
import { VerificationError } from '../core/errors'
import { readPointer } from '../core/pointer'
import type { Algorithm } from '../crypto/algorithm'
import { rsaSha1, rsaSha256 } from '../crypto/rsa'
import { subscription } from '../crypto/subscription'
import { makeScheme } from './make'
import type { ProofFormat } from './proof'
import { type CertificateOptions, fetchCertificates } from './proofs/certificates'
import { bodyHints, parseBody } from './proofs/json'
import type { Handshake, Scheme } from './scheme'
import { timing } from './timing'

/** How Amazon SNS is received. */
export interface AwsSnsOptions extends CertificateOptions {
  /** Confirms subscriptions to the topic by itself: fetches the `SubscribeURL` of a verified confirmation. Default false. */
  readonly confirm?: boolean
}

const isHost = (hostname: string) => /^sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?$/.test(hostname)
const isTrusted = ({ hostname, pathname }: URL) =>
  isHost(hostname) && /^\/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem$/.test(pathname)

const confirmationFields = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: confirmationFields,
  UnsubscribeConfirmation: confirmationFields,
}

/** The lines that are signed; undefined where a value could pass for two lines. Only the message may hold a line break. */
function contentOf(message: unknown): string | undefined {
  const type = readPointer(message, '/Type') ?? ''
  if (!Object.hasOwn(fieldsOf, type)) return undefined
  let content = ''
  for (const field of fieldsOf[type] as readonly string[]) {
    const value = readPointer(message, `/${field}`)
    if (value === undefined && field === 'Subject') continue
    if (value === undefined || (field !== 'Message' && value.includes('\n'))) return undefined
    content += `${field}\n${value}\n`
  }
  return content
}

/** Some values of the body, under a certificate that the body names. */
function proof(version: string, algorithm: Algorithm, options: CertificateOptions | undefined): ProofFormat {
  const certificates = fetchCertificates(isTrusted, options)
  return {
    async read(_, { body, now }) {
      const message = parseBody(body)
      const content = contentOf(message)
      const signature = decode(readPointer(message, '/Signature') ?? '', 'base64')
      if (!content || !signature?.length) throw new VerificationError('no_signature', 'body', bodyHints)
      if (readPointer(message, '/SignatureVersion') !== version) {
        throw new VerificationError(
          'no_signature',
          `SignatureVersion is not ${version}; use awsSns for 2, awsSnsV1 for 1`,
          bodyHints,
        )
      }
      const { publicKey } = await certificates(readPointer(message, '/SigningCertURL') ?? '', now)
      return {
        identity: { id: undefined, idIsSigned: false },
        // Anybody can have SNS sign for a topic of their own.
        matches: ({ name }) =>
          name === readPointer(message, '/TopicArn') &&
          algorithm.verifier(publicKey, { encoding: 'base64' }).matches([content], [signature]),
      }
    },
  }
}

const confirmation = (fetch: AwsSnsOptions['fetch']): Handshake => ({
  method: 'POST',
  async challenge({ payload }) {
    if (readPointer(payload, '/Type') !== 'SubscriptionConfirmation') return undefined
    const text = readPointer(payload, '/SubscribeURL') ?? ''
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol !== 'https:' || url.port || url.username || !isHost(url.hostname)) return false
    try {
      const answer = await (fetch ?? globalThis.fetch)(url.href, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
      await answer.body?.cancel()
      return { status: answer.status === 200 ? 200 : 503 }
    } catch {
      return { status: 503 }
    }
  },
})

const makeAwsSns = (version: '1' | '2', { confirm = false, ...options }: AwsSnsOptions = {}): Scheme =>
  makeScheme(
    {
      name: version === '2' ? 'aws-sns' : 'aws-sns-v1',
      content: [...new Set(Object.values(fieldsOf).flat())].map((field) => ({ body: `/${field}` })),
      algorithm: subscription('the ARN of the topic', /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/),
      key: 'utf8',
      encoding: 'base64',
      signature: { body: '/Signature' },
      proof: proof(version, version === '2' ? rsaSha256 : rsaSha1, options),
      timestamp: { body: '/Timestamp' },
      unit: 'iso',
      // A try comes again with its time and signature, for an hour at most.
      toleranceSeconds: 3600,
      id: { body: '/MessageId' },
      type: { body: '/Type' },
      retry: { windowSeconds: 3600, resigned: false },
      handshake: confirm ? confirmation(options.fetch) : undefined,
    },
    timing,
  )

/** {@link awsSns} that confirms subscriptions by itself, or fetches in another way. */
export const awsSnsWith = (options?: AwsSnsOptions): Scheme => makeAwsSns('2', options)

/** {@link awsSnsV1} that confirms subscriptions by itself, or fetches in another way. */
export const awsSnsV1With = (options?: AwsSnsOptions): Scheme => makeAwsSns('1', options)

/**
 * Amazon SNS with SignatureVersion 2, with the ARN of the topic as secret; the key is in a certificate that is fetched from AWS.
 *
 * Not for raw message delivery, which is not signed. Source: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
 */
export const awsSns = /* @__PURE__ */ makeAwsSns('2')

/** Amazon SNS with SignatureVersion 1, which is SHA-1: what a topic uses unless told otherwise. Better: set it to 2, and use `awsSns`. */
export const awsSnsV1 = /* @__PURE__ */ makeAwsSns('1')
