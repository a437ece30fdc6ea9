import type { Secret } from '../../crypto/secret'
import { type Suspect, suspect } from '../explanation'

/** Keys that call an API and sign no webhooks, by how providers mark them. */
const apiKeys: readonly (readonly [RegExp, string])[] = [
  [/^[sr]k_(live|test)_/, 'a secret API key, as those of Stripe and Clerk begin'],
  [/^pk_(live|test)_/, 'a publishable API key, as those of Stripe and Clerk begin'],
  [/^(gh[pousr]_|github_pat_)/, 'an access token of GitHub'],
  [/^glpat-/, 'an access token of GitLab'],
  [/^xox[abeprs]-|^xapp-/, 'an access token of Slack'],
  [/^shp(at|ca|pa)_/, 'an access token of Shopify'],
  [/^sk-(proj-|ant-)?/, 'an API key, as those of OpenAI begin'],
  [/^SG\.[\w-]{16,}\./, 'an API key of SendGrid'],
  [/^re_[A-Za-z0-9]{8}_/, 'an API key of Resend'],
  [/^r8_/, 'an API token of Replicate'],
  [/^lin_(api|oauth)_/, 'an API key of Linear'],
  [/^pdl_(live|sdbx)_apikey_/, 'an API key of Paddle'],
  [/^(EAAA|sq0atp-|sq0csp-)/, 'an access token of Square'],
  [/^(AC|SK)[0-9a-f]{32}$/, 'the SID of a Twilio account or key, which is no secret'],
  [/^(AKIA|ASIA)[A-Z0-9]{16}$/, 'an access key id of AWS'],
  [/^rzp_(live|test)_/, 'the key id of a Razorpay account'],
  [/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/, 'a JSON Web Token'],
  [/^https?:\/\//, 'a URL'],
]

const leastLength = 12

const placeholder =
  /^(undefined|null|\[object \w+\]|\$\{\w+\}|\$[A-Z][A-Z0-9_]{5,}|process\.env\.\w+|<[\w -]{4,}>|whsec_(\.\.\.|…|x{3,}|\*{3,}))$/i

/** What a secret itself shows to be wrong, by its kind and never by its text. */
export function kindOf(secret: Secret): Suspect | undefined {
  if (typeof secret !== 'string') return undefined
  const bare = secret.trim().replace(/^["']|["']$/g, '')
  if (placeholder.test(bare)) return suspect('secret_placeholder', 'The secret is a placeholder or the name of a variable.')
  const kind = bare.length >= leastLength ? apiKeys.find(([prefix]) => prefix.test(bare))?.[1] : undefined
  if (kind !== undefined) return suspect('secret_is_api_key', `The secret looks like ${kind}.`)
  return secret === secret.trim() ? undefined : suspect('secret_whitespace', 'The secret has white space around it.')
}
