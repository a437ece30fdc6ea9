// Made by `npm run schemes` of the files beside it.

import { adyen } from './adyen'
import { adyenPlatform } from './adyen-platform'
import { asana } from './asana'
import { awsSns, awsSnsV1 } from './aws-sns'
import type { Scheme } from './scheme'

export type { AwsSnsOptions } from './aws-sns'
export { awsSnsV1With, awsSnsWith } from './aws-sns'

import { bitbucket } from './bitbucket'
import { calcom } from './calcom'
import { calendly } from './calendly'
import { chargebee } from './chargebee'
import { clerk } from './clerk'
import { coinbaseCommerce } from './coinbase-commerce'
import { contentful } from './contentful'
import { deepgram } from './deepgram'
import { discord } from './discord'
import { docusign } from './docusign'
import { dropbox } from './dropbox'
import { elevenlabs } from './elevenlabs'
import { fusionauth } from './fusionauth'
import { github } from './github'
import { gitlab } from './gitlab'
import { gitlabToken } from './gitlab-token'
import { hookdeck } from './hookdeck'
import { hubspotV1 } from './hubspot-v1'
import { hubspotV2 } from './hubspot-v2'
import { hubspotV3 } from './hubspot-v3'
import { intercom } from './intercom'
import { lemonsqueezy } from './lemonsqueezy'
import { line } from './line'
import { linear } from './linear'
import { mailgun } from './mailgun'
import { meta } from './meta'
import { mux } from './mux'
import { openai } from './openai'
import { paddle } from './paddle'
import { paypal } from './paypal'

export { paypalWith } from './paypal'

import { plaid } from './plaid'
import { postmark } from './postmark'
import { razorpay } from './razorpay'
import { replicate } from './replicate'
import { resend } from './resend'
import { rfc9421EcdsaP256Sha256, rfc9421Ed25519, rfc9421HmacSha256, rfc9421RsaPssSha512 } from './rfc9421'

export type { HttpSignatureOptions } from './rfc9421'
export { httpSignatures } from './rfc9421'

import { sanity } from './sanity'
import { sendgrid } from './sendgrid'
import { sentry } from './sentry'
import { shopify } from './shopify'
import { slack } from './slack'
import { square } from './square'
import { standardWebhooks } from './standard-webhooks'
import { standardWebhooksV1a } from './standard-webhooks-v1a'
import { stripe } from './stripe'
import { supabase } from './supabase'
import { svix } from './svix'
import { telegram } from './telegram'
import { telnyx } from './telnyx'
import { twilio } from './twilio'
import { twitch } from './twitch'
import { typeform } from './typeform'
import { vercel } from './vercel'
import { webflow } from './webflow'
import { woocommerce } from './woocommerce'
import { workos } from './workos'
import { xero } from './xero'
import { zendesk } from './zendesk'
import { zoom } from './zoom'

export { ecdsaP256, ecdsaP256Der } from '../crypto/ecdsa'
export { ed25519 } from '../crypto/ed25519'
export { rsaPssSha512, rsaSha1, rsaSha256 } from '../crypto/rsa'
export { token } from '../crypto/token'
export type { CertificateFetch, CertificateOptions } from './proofs/certificates'
// biome-ignore format: a list that nobody edits
export {
  adyen, adyenPlatform, asana, awsSns, awsSnsV1, bitbucket, calcom, calendly, chargebee, clerk, coinbaseCommerce,
  contentful, deepgram, discord, docusign, dropbox, elevenlabs, fusionauth, github, gitlab, gitlabToken,
  hookdeck, hubspotV1, hubspotV2, hubspotV3, intercom, lemonsqueezy, line, linear, mailgun, meta, mux, openai,
  paddle, paypal, plaid, postmark, razorpay, replicate, resend, rfc9421EcdsaP256Sha256, rfc9421Ed25519,
  rfc9421HmacSha256, rfc9421RsaPssSha512, sanity, sendgrid, sentry, shopify, slack, square, standardWebhooks,
  standardWebhooksV1a, stripe, supabase, svix, telegram, telnyx, twilio, twitch, typeform, vercel, webflow,
  woocommerce, workos, xero, zendesk, zoom,
}

const byName = (all: readonly Scheme[]) => Object.fromEntries(all.map((scheme) => [scheme.name, scheme]))

/** Every scheme by its kebab-case name. Importing it brings them all; import one by name to bring that one. */
export const schemes: Readonly<Record<string, Scheme>> = /* @__PURE__ */ byName(
  // biome-ignore format: a list that nobody edits
  [
  adyen, adyenPlatform, asana, awsSns, awsSnsV1, bitbucket, calcom, calendly, chargebee, clerk, coinbaseCommerce,
  contentful, deepgram, discord, docusign, dropbox, elevenlabs, fusionauth, github, gitlab, gitlabToken,
  hookdeck, hubspotV1, hubspotV2, hubspotV3, intercom, lemonsqueezy, line, linear, mailgun, meta, mux, openai,
  paddle, paypal, plaid, postmark, razorpay, replicate, resend, rfc9421EcdsaP256Sha256, rfc9421Ed25519,
  rfc9421HmacSha256, rfc9421RsaPssSha512, sanity, sendgrid, sentry, shopify, slack, square, standardWebhooks,
  standardWebhooksV1a, stripe, supabase, svix, telegram, telnyx, twilio, twitch, typeform, vercel, webflow,
  woocommerce, workos, xero, zendesk, zoom,
],
)
