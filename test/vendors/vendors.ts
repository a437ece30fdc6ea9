import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { Secret } from 'countersign'

/** A signed request, as a vendor's package is given it. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly url: string
}

/** A vendor's own package as the other side. */
export interface Vendor {
  /** The package, which is a dev dependency. */
  readonly from: string
  /** The secret, or the public key where the vendor holds the private one. */
  readonly secret: Secret
  /** The private key, where there are two. */
  readonly privateKey?: Secret
  /** How a body is made of any JSON, where the scheme wants another. */
  readonly body?: (value: Record<string, string>) => string
  /** Whether the vendor's package takes the request for genuine; a rejection is a no. */
  accepts(delivery: Delivery): unknown
  /** What the vendor's package signs a body with, where it can; more than headers where the proof is elsewhere. */
  sign?(body: string, url: string): Promise<Partial<Delivery>> | Partial<Delivery>
}

const bytes = Buffer.from('a secret of thirty-two bytes ok.')
const text = 'a secret of some length 0123456789'
const whsec = `whsec_${bytes.toString('base64')}`
const hex = bytes.toString('hex').toUpperCase()
const seconds = () => Math.floor(Date.now() / 1000)

const ed25519 = generateKeyPairSync('ed25519')
const ed25519Public = Buffer.from(createPublicKey(ed25519.privateKey).export({ format: 'jwk' }).x ?? '', 'base64url')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const form = (value: Record<string, string>) => new URLSearchParams(value).toString()

/** A member of the family of Standard Webhooks, whose package checks what Svix's or the standard's own signs. */
const standard = (from: string, prefix: string, accepts: Vendor['accepts'], secret = whsec): Vendor => ({
  from,
  secret,
  accepts,
  async sign(body) {
    const { Webhook } = await import('svix')
    const timestamp = seconds()
    const id = `msg_${bytes.length}${timestamp}`
    const signature = new Webhook(whsec).sign(id, new Date(timestamp * 1000), body)
    return { headers: { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: String(timestamp), [`${prefix}-signature`]: signature } }
  },
})

const headerOf = (name: string, delivery: Delivery) => delivery.headers[name] ?? ''

/** Every vendor's package that runs here, by the scheme that it speaks. */
export const vendors: Readonly<Record<string, Vendor>> = {
  'standard-webhooks': standard('standardwebhooks', 'webhook', async ({ body, headers }) => {
    const { Webhook } = await import('standardwebhooks')
    return new Webhook(whsec).verify(body, headers)
  }),
  svix: standard('svix', 'svix', async ({ body, headers }) => {
    const { Webhook } = await import('svix')
    return new Webhook(whsec).verify(body, headers)
  }),
  resend: standard(
    'resend',
    'svix',
    async ({ body, headers: { 'svix-id': id = '', 'svix-timestamp': timestamp = '', ...rest } }) => {
      const { Resend } = await import('resend')
      const headers = { id, timestamp, signature: rest['svix-signature'] ?? '' }
      return new Resend('re_key').webhooks.verify({ payload: body, headers, webhookSecret: whsec })
    },
  ),
  clerk: standard('@clerk/backend', 'svix', async ({ body, headers, url }) => {
    const { verifyWebhook } = await import('@clerk/backend/webhooks')
    return verifyWebhook(new Request(url, { method: 'POST', headers, body }), { signingSecret: whsec })
  }),
  openai: standard('openai', 'webhook', async ({ body, headers }) => {
    const { default: OpenAI } = await import('openai')
    await new OpenAI({ apiKey: 'key' }).webhooks.verifySignature(body, headers, whsec)
    return true
  }),
  replicate: standard('replicate', 'webhook', async ({ body, headers, url }) => {
    const { validateWebhook } = await import('replicate')
    return validateWebhook(new Request(url, { method: 'POST', headers, body }), whsec)
  }),
  stripe: {
    from: 'stripe',
    secret: whsec,
    async accepts(delivery) {
      const { default: Stripe } = await import('stripe')
      return new Stripe('sk_test_x').webhooks.constructEvent(delivery.body, headerOf('stripe-signature', delivery), whsec)
    },
    async sign(payload) {
      const { default: Stripe } = await import('stripe')
      return {
        headers: { 'stripe-signature': new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload, secret: whsec }) },
      }
    },
  },
  github: {
    from: '@octokit/webhooks-methods',
    secret: text,
    async accepts(delivery) {
      const { verify } = await import('@octokit/webhooks-methods')
      return verify(text, delivery.body, headerOf('x-hub-signature-256', delivery))
    },
    async sign(body) {
      const { sign } = await import('@octokit/webhooks-methods')
      return { headers: { 'x-hub-signature-256': await sign(text, body) } }
    },
  },
  mux: {
    from: '@mux/mux-node',
    secret: text,
    async accepts({ body, headers }) {
      const { default: Mux } = await import('@mux/mux-node')
      await new Mux({ tokenId: 'id', tokenSecret: 'secret' }).webhooks.verifySignature(body, headers, text)
      return true
    },
  },
  workos: {
    from: '@workos-inc/node',
    secret: text,
    async accepts(delivery) {
      const { WorkOS } = await import('@workos-inc/node')
      const sigHeader = headerOf('workos-signature', delivery)
      return new WorkOS('sk_key').webhooks.verifyHeader({ payload: JSON.parse(delivery.body), sigHeader, secret: text })
    },
    async sign(body) {
      const { WorkOS } = await import('@workos-inc/node')
      const timestamp = Date.now()
      const signature = await new WorkOS('sk_key').webhooks.computeSignature(timestamp, JSON.parse(body), text)
      return { headers: { 'workos-signature': `t=${timestamp}, v1=${signature}` } }
    },
  },
  sanity: {
    from: '@sanity/webhook',
    secret: text,
    async accepts(delivery) {
      const { assertValidSignature } = await import('@sanity/webhook')
      await assertValidSignature(delivery.body, headerOf('sanity-webhook-signature', delivery), text)
      return true
    },
    async sign(body) {
      const { encodeSignatureHeader } = await import('@sanity/webhook')
      return { headers: { 'sanity-webhook-signature': await encodeSignatureHeader(body, Date.now(), text) } }
    },
  },
  paddle: {
    from: '@paddle/paddle-node-sdk',
    secret: text,
    async accepts(delivery) {
      const { Paddle } = await import('@paddle/paddle-node-sdk')
      return new Paddle('key').webhooks.isSignatureValid(delivery.body, text, headerOf('paddle-signature', delivery))
    },
  },
  slack: {
    from: '@slack/bolt',
    secret: text,
    async accepts({ body, headers }) {
      const { verifySlackRequest } = await import('@slack/bolt')
      const numbers = { 'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']) }
      verifySlackRequest({
        signingSecret: text,
        body,
        headers: { 'x-slack-signature': headers['x-slack-signature'] ?? '', ...numbers },
      })
      return true
    },
  },
  shopify: {
    from: '@shopify/shopify-api',
    secret: text,
    async accepts({ body, headers, url }) {
      await import('@shopify/shopify-api/adapters/web-api')
      const { shopifyApi, ApiVersion, LogSeverity } = await import('@shopify/shopify-api')
      const isEmbeddedApp = false
      const config = {
        apiKey: 'key',
        apiSecretKey: text,
        scopes: [],
        hostName: 'shop.example',
        apiVersion: ApiVersion.January26,
        logger: { level: LogSeverity.Error },
        isEmbeddedApp,
      }
      const topic = {
        'x-shopify-topic': 'orders/create',
        'x-shopify-shop-domain': 'a.myshopify.com',
        'x-shopify-api-version': '2026-01',
        'x-shopify-webhook-id': '1',
      }
      const rawRequest = new Request(url, { method: 'POST', headers: { ...headers, ...topic } })
      const { valid } = await shopifyApi(config).webhooks.validate({ rawBody: body, rawRequest })
      return valid
    },
  },
  line: {
    from: '@line/bot-sdk',
    secret: text,
    async accepts(delivery) {
      const { validateSignature } = await import('@line/bot-sdk')
      return validateSignature(delivery.body, text, headerOf('x-line-signature', delivery))
    },
  },
  linear: {
    from: '@linear/sdk',
    secret: text,
    body: (value) => JSON.stringify({ ...value, webhookTimestamp: Date.now() }),
    async accepts(delivery) {
      const { LinearWebhookClient } = await import('@linear/sdk/webhooks')
      return new LinearWebhookClient(text).verify(Buffer.from(delivery.body), headerOf('linear-signature', delivery))
    },
  },
  razorpay: {
    from: 'razorpay',
    secret: text,
    async accepts(delivery) {
      const { default: Razorpay } = await import('razorpay')
      return Razorpay.validateWebhookSignature(delivery.body, headerOf('x-razorpay-signature', delivery), text)
    },
  },
  square: {
    from: 'square',
    secret: text,
    async accepts(delivery) {
      const { WebhooksHelper } = await import('square')
      const signatureHeader = headerOf('x-square-hmacsha256-signature', delivery)
      return WebhooksHelper.verifySignature({
        requestBody: delivery.body,
        signatureHeader,
        signatureKey: text,
        notificationUrl: delivery.url,
      })
    },
  },
  adyen: {
    from: '@adyen/api-library',
    secret: hex,
    body: (value) => JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem: adyenItem(value) }] }),
    async accepts(delivery) {
      const { hmacValidator: Validator } = await import('@adyen/api-library')
      return new Validator().validateHMAC(JSON.parse(delivery.body).notificationItems[0].NotificationRequestItem, hex)
    },
    async sign(body) {
      const { hmacValidator: Validator } = await import('@adyen/api-library')
      const document = JSON.parse(body)
      const item = document.notificationItems[0].NotificationRequestItem
      item.additionalData.hmacSignature = new Validator().calculateHmac(item, hex)
      return { headers: {}, body: JSON.stringify(document) }
    },
  },
  'adyen-platform': {
    from: '@adyen/api-library',
    secret: hex,
    async accepts(delivery) {
      const { hmacValidator: Validator } = await import('@adyen/api-library')
      return new Validator().validateHMACSignature(hex, headerOf('hmacsignature', delivery), delivery.body)
    },
    async sign(body) {
      const { hmacValidator: Validator } = await import('@adyen/api-library')
      return { headers: { hmacsignature: new Validator().calculateHmac(body, hex) } }
    },
  },
  'hubspot-v1': hubspot('v1', 'x-hubspot-signature'),
  'hubspot-v2': hubspot('v2', 'x-hubspot-signature'),
  'hubspot-v3': hubspot('v3', 'x-hubspot-signature-v3'),
  twilio: {
    from: 'twilio',
    secret: text,
    body: form,
    async accepts(delivery) {
      const { default: twilio } = await import('twilio')
      const parameters = Object.fromEntries(new URLSearchParams(delivery.body))
      return twilio.validateRequest(text, headerOf('x-twilio-signature', delivery), delivery.url, parameters)
    },
    async sign(body, url) {
      const { getExpectedTwilioSignature } = await import('twilio/lib/webhooks/webhooks')
      const parameters = Object.fromEntries(new URLSearchParams(body))
      return { headers: { 'x-twilio-signature': getExpectedTwilioSignature(text, url, parameters) } }
    },
  },
  contentful: {
    from: '@contentful/node-apps-toolkit',
    secret: text.padEnd(64, '0'),
    async accepts({ url, body, headers }) {
      const { verifyRequest } = await import('@contentful/node-apps-toolkit')
      return verifyRequest(text.padEnd(64, '0'), { method: 'POST', path: pathOf(url), headers, body })
    },
    async sign(body, url) {
      const { signRequest } = await import('@contentful/node-apps-toolkit')
      const topic = { 'X-Contentful-Topic': 'ContentManagement.Entry.publish' }
      const signed = signRequest(text.padEnd(64, '0'), { method: 'POST', path: pathOf(url), headers: topic, body })
      return { headers: { ...topic, ...(signed as unknown as Record<string, string>) } }
    },
  },
  discord: {
    from: 'discord-interactions',
    secret: ed25519Public.toString('hex'),
    privateKey: ed25519.privateKey.export({ format: 'jwk' }),
    async accepts(delivery) {
      const { verifyKey } = await import('discord-interactions')
      const [signature, time] = [headerOf('x-signature-ed25519', delivery), headerOf('x-signature-timestamp', delivery)]
      return verifyKey(delivery.body, signature, time, ed25519Public.toString('hex'))
    },
  },
  telnyx: {
    from: 'telnyx',
    secret: ed25519Public.toString('base64'),
    privateKey: ed25519.privateKey.export({ format: 'jwk' }),
    async accepts({ body, headers }) {
      const { TelnyxWebhook } = await import('telnyx/lib/webhooks')
      await new TelnyxWebhook(ed25519Public.toString('base64')).verify(body, headers)
      return true
    },
  },
  sendgrid: {
    from: '@sendgrid/eventwebhook',
    secret: p256.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    privateKey: p256.privateKey.export({ format: 'jwk' }),
    async accepts(delivery) {
      const { EventWebhook } = await import('@sendgrid/eventwebhook')
      const webhook = new EventWebhook()
      const key = webhook.convertPublicKeyToECDSA(p256.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'))
      const [signature, time] = ['signature', 'timestamp'].map((name) =>
        headerOf(`x-twilio-email-event-webhook-${name}`, delivery),
      )
      return webhook.verifySignature(key, delivery.body, signature ?? '', time ?? '')
    },
  },
  plaid: {
    from: 'jose',
    secret: p256.publicKey.export({ format: 'jwk' }),
    privateKey: { ...p256.privateKey.export({ format: 'jwk' }), kid: 'key-1' },
    async accepts(delivery) {
      const { jwtVerify } = await import('jose')
      const verified = await jwtVerify(headerOf('plaid-verification', delivery), p256.publicKey, {
        algorithms: ['ES256'],
        maxTokenAge: '5 min',
      })
      return verified.payload.request_body_sha256 === sha256(delivery.body, 'hex') && verified.protectedHeader.kid === 'key-1'
    },
    async sign(body) {
      const { SignJWT } = await import('jose')
      const token = new SignJWT({ request_body_sha256: sha256(body, 'hex') }).setProtectedHeader({
        alg: 'ES256',
        typ: 'JWT',
        kid: 'key-1',
      })
      return { headers: { 'plaid-verification': await token.setIssuedAt().sign(p256.privateKey) } }
    },
  },
  fusionauth: {
    from: 'jose',
    secret: text,
    async accepts(delivery) {
      const { jwtVerify } = await import('jose')
      const verified = await jwtVerify(headerOf('x-fusionauth-signature-jwt', delivery), Buffer.from(text), {
        algorithms: ['HS256'],
      })
      return verified.payload.request_body_sha256 === sha256(delivery.body, 'base64')
    },
    async sign(body) {
      const { SignJWT } = await import('jose')
      const token = new SignJWT({ request_body_sha256: sha256(body, 'base64') }).setProtectedHeader({
        alg: 'HS256',
        kid: 'key-1',
      })
      return { headers: { 'x-fusionauth-signature-jwt': await token.sign(Buffer.from(text)) } }
    },
  },
}

function hubspot(signatureVersion: 'v1' | 'v2' | 'v3', header: string): Vendor {
  const time = 'x-hubspot-request-timestamp'
  return {
    from: '@hubspot/api-client',
    secret: text,
    async accepts({ body, url, headers }) {
      const { Signature } = await import('@hubspot/api-client')
      const timestamp = Number(headers[time])
      const signature = headers[header] ?? ''
      return Signature.isValid({
        method: 'POST',
        signatureVersion,
        signature,
        clientSecret: text,
        requestBody: body,
        url,
        timestamp,
      })
    },
    async sign(body, url) {
      const { Signature } = await import('@hubspot/api-client')
      const timestamp = Date.now()
      const signature = Signature.getSignature('POST', signatureVersion, {
        clientSecret: text,
        requestBody: body,
        url,
        timestamp,
        signature: '',
      })
      return { headers: { [header]: signature, [time]: String(timestamp) } }
    },
  }
}

const adyenItem = (value: Record<string, string>) => ({
  pspReference: 'psp',
  originalReference: '',
  merchantAccountCode: 'merchant',
  merchantReference: JSON.stringify(value),
  amount: { value: 1000, currency: 'EUR' },
  eventCode: 'AUTHORISATION',
  success: 'true',
  additionalData: {},
})

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search

function sha256(body: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(body).digest(encoding)
}
