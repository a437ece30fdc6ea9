import { adyenPlatform } from './adyen-platform'
import { asana } from './asana'
import { bitbucket } from './bitbucket'
import { calcom } from './calcom'
import { calendly } from './calendly'
import { coinbaseCommerce } from './coinbase-commerce'
import { discord } from './discord'
import { dropbox } from './dropbox'
import { elevenlabs } from './elevenlabs'
import { github } from './github'
import { hookdeck } from './hookdeck'
import { intercom } from './intercom'
import { lemonsqueezy } from './lemonsqueezy'
import { line } from './line'
import { linear } from './linear'
import { meta } from './meta'
import { mux } from './mux'
import { paddle } from './paddle'
import { razorpay } from './razorpay'
import { sanity } from './sanity'
import type { Scheme } from './scheme'
import { sentry } from './sentry'
import { shopify } from './shopify'
import { slack } from './slack'
import { square } from './square'
import { standardWebhooks } from './standard-webhooks'
import { standardWebhooksV1a } from './standard-webhooks-v1a'
import { stripe } from './stripe'
import { svix } from './svix'
import { telnyx } from './telnyx'
import { twitch } from './twitch'
import { typeform } from './typeform'
import { vercel } from './vercel'
import { webflow } from './webflow'
import { woocommerce } from './woocommerce'
import { workos } from './workos'
import { xero } from './xero'
import { zendesk } from './zendesk'
import { zoom } from './zoom'

export { ed25519 } from '../crypto/ed25519'
export {
  adyenPlatform,
  asana,
  bitbucket,
  calcom,
  calendly,
  coinbaseCommerce,
  discord,
  dropbox,
  elevenlabs,
  github,
  hookdeck,
  intercom,
  lemonsqueezy,
  line,
  linear,
  meta,
  mux,
  paddle,
  razorpay,
  sanity,
  sentry,
  shopify,
  slack,
  square,
  standardWebhooks,
  standardWebhooksV1a,
  stripe,
  svix,
  telnyx,
  twitch,
  typeform,
  vercel,
  webflow,
  woocommerce,
  workos,
  xero,
  zendesk,
  zoom,
}

const byName = (all: readonly Scheme[]) => Object.fromEntries(all.map((scheme) => [scheme.name, scheme]))

/** Every scheme by its kebab-case name. Importing it brings them all; import one by name to bring that one. */
export const schemes: Readonly<Record<string, Scheme>> = /* @__PURE__ */ byName([
  adyenPlatform,
  asana,
  bitbucket,
  calcom,
  calendly,
  coinbaseCommerce,
  discord,
  dropbox,
  elevenlabs,
  github,
  hookdeck,
  intercom,
  lemonsqueezy,
  line,
  linear,
  meta,
  mux,
  paddle,
  razorpay,
  sanity,
  sentry,
  shopify,
  slack,
  square,
  standardWebhooks,
  standardWebhooksV1a,
  stripe,
  svix,
  telnyx,
  twitch,
  typeform,
  vercel,
  webflow,
  woocommerce,
  workos,
  xero,
  zendesk,
  zoom,
])
