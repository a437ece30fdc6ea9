import { github } from './github'
import type { Scheme } from './scheme'
import { shopify } from './shopify'
import { slack } from './slack'
import { standardWebhooks } from './standard-webhooks'
import { standardWebhooksV1a } from './standard-webhooks-v1a'
import { stripe } from './stripe'

export { ed25519 } from '../crypto/ed25519'
export { github, shopify, slack, standardWebhooks, standardWebhooksV1a, stripe }

/** Every scheme by its kebab-case name. Importing it brings them all; import one by name to bring that one. */
export const schemes: Readonly<Record<string, Scheme>> = Object.fromEntries(
  [github, shopify, slack, standardWebhooks, standardWebhooksV1a, stripe].map((scheme) => [scheme.name, scheme]),
)
