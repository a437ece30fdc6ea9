import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { sign as octokitSign, verify as octokitVerify } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as Svix } from 'svix'

// As it is installed, and not as tsx would make it.
const built = new URL('../../dist/', import.meta.url).href
const { sign, verify } = (await import(`${built}index.js`)) as typeof import('../../src/index')
const { github, standardWebhooks, stripe } = (await import(
  `${built}schemes/index.js`
)) as typeof import('../../src/schemes/index')

const key = Buffer.from('0123456789abcdef0123456789abcdef')
const secret = `whsec_${key.toString('base64')}`
const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const text = key.toString('latin1')
const theirStripe = new Stripe('sk_test_none')
const [standard, svix] = [new Webhook(secret), new Svix(secret)]

/** What all are beside. Newer Nodes take eight times as long where the key is bytes, so that there only a KeyObject is fair. */
const [baseKey, baseName] = process.versions.node.startsWith('20.')
  ? ([key, 'createHmac(Buffer).digest()'] as const)
  : ([createSecretKey(key), 'createHmac(KeyObject).digest()'] as const)

/** The row that the others are beside. */
export const base = `\`${baseName}\` alone`
export const byHand = 'written by hand, with care'

/** A refusal is an answer too. */
function refused(act: () => unknown): boolean {
  try {
    return act() === false
  } catch {
    return true
  }
}

/** What is compared, by its name; ours begin with a verb in code style. All are given the same bytes, or the same text where they say so. */
export async function contendersFor(body: Buffer): Promise<Readonly<Record<string, () => unknown>>> {
  const string = body.toString()
  // Of each size anew: peers refuse what is older than five minutes, and have no other clock.
  const now = new Date()
  const [forStandard, forStripe, forGithub] = await Promise.all([
    sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now }),
    sign(stripe, { secret: text, body, timestamp: now }),
    sign(github, { secret: text, body, id: '72d3162e-cc78-11e3-81ab-4c9367dc0958' }),
  ])
  const hub = forGithub['x-hub-signature-256'] ?? ''
  const stripeHeader = forStripe['stripe-signature'] ?? ''
  const forSvix = {
    'svix-id': forStandard['webhook-id'] ?? '',
    'svix-timestamp': forStandard['webhook-timestamp'] ?? '',
    'svix-signature': forStandard['webhook-signature'] ?? '',
  }
  const forged = { ...forGithub, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
  const forgedStandard = { ...forStandard, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }
  const forgedStripe = stripeHeader.replace(/v1=.*/, `v1=${'0'.repeat(64)}`)
  const inHeaders = { github: new Headers(forGithub), standard: new Headers(forStandard) }
  const { signature } = theirStripe.webhooks
  return {
    [base]: () => createHmac('sha256', baseKey).update(body).digest(),
    [byHand]: () => {
      if (!/^sha256=[0-9a-f]{64}$/.test(hub)) throw new Error('malformed')
      const expected = createHmac('sha256', baseKey).update(body).digest()
      if (!timingSafeEqual(expected, Buffer.from(hub.slice(7), 'hex'))) throw new Error('forged')
    },
    '`verify` of `github`': () => verify(github, { secret: text, headers: forGithub, body, now }),
    '`verify` of `stripe`': () => verify(stripe, { secret: text, headers: forStripe, body, now }),
    '`verify` of `standardWebhooks`': () => verify(standardWebhooks, { secret, headers: forStandard, body, now }),
    '`verify` of `github`, text': () => verify(github, { secret: text, headers: forGithub, body: string, now }),
    '`verify` of `stripe`, text': () => verify(stripe, { secret: text, headers: forStripe, body: string, now }),
    '`verify` of `standardWebhooks`, text': () => verify(standardWebhooks, { secret, headers: forStandard, body: string, now }),
    '`verify` of `github`, `Headers`': () => verify(github, { secret: text, headers: inHeaders.github, body, now }),
    '`verify` of `standardWebhooks`, `Headers`': () =>
      verify(standardWebhooks, { secret, headers: inHeaders.standard, body, now }),
    '`verify` of `standardWebhooks`, the first of two secrets': () =>
      verify(standardWebhooks, { secret: [secret, other], headers: forStandard, body, now }),
    '`verify` of `standardWebhooks`, the second of two secrets': () =>
      verify(standardWebhooks, { secret: [other, secret], headers: forStandard, body, now }),
    '`verify` of `github` refuses a forgery': () =>
      verify(github, { secret: text, headers: forged, body, now }).catch(() => undefined),
    '`verify` of `standardWebhooks` refuses a forgery': () =>
      verify(standardWebhooks, { secret, headers: forgedStandard, body, now }).catch(() => undefined),
    '`sign` of `github`': () => sign(github, { secret: text, body, id: 'delivery_1' }),
    '`sign` of `stripe`': () => sign(stripe, { secret: text, body, timestamp: now }),
    '`sign` of `standardWebhooks`': () => sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now }),
    '`sign` of `standardWebhooks`, text': () => sign(standardWebhooks, { secret, body: string, id: 'msg_1', timestamp: now }),
    '`sign` of `standardWebhooks`, two secrets': () =>
      sign(standardWebhooks, { secret: [secret, other], body, id: 'msg_1', timestamp: now }),
    '@octokit/webhooks-methods verify, text': () => octokitVerify(text, string, hub),
    'stripe verifyHeader': () => signature?.verifyHeader(body, stripeHeader, text, 300),
    'stripe verifyHeader, text': () => signature?.verifyHeader(string, stripeHeader, text, 300),
    'standardwebhooks verify': () => standard.verify(body, forStandard, { jsonParse: false }),
    'standardwebhooks verify, text': () => standard.verify(string, forStandard, { jsonParse: false }),
    'svix verify, text, parses it too': () => svix.verify(string, forSvix),
    '@octokit/webhooks-methods refuses a forgery, text': () => octokitVerify(text, string, forged['x-hub-signature-256']),
    'stripe refuses a forgery, text': () => refused(() => signature?.verifyHeader(string, forgedStripe, text, 300)),
    'standardwebhooks refuses a forgery, text': () =>
      refused(() => standard.verify(string, forgedStandard, { jsonParse: false })),
    '@octokit/webhooks-methods sign, text': () => octokitSign(text, string),
    'standardwebhooks sign, text': () => standard.sign('msg_1', now, string),
  }
}
