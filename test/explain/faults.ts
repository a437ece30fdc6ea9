import { deflateSync, gzipSync } from 'node:zlib'
import { defineScheme, type Scheme, type Secret, sign } from 'countersign'
import type { Cause, ExplainOptions } from 'countersign/explain'
import {
  adyenPlatform,
  discord,
  github,
  linear,
  shopify,
  slack,
  square,
  standardWebhooks,
  standardWebhooksV1a,
  stripe,
  svix,
  telnyx,
  typeform,
  webflow,
} from 'countersign/schemes'

export const at = new Date('2026-03-01T12:00:00Z')
/** The seed of RFC 8032, section 7.1, test 1, and its public key. */
const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

export const secretOf = (scheme: Scheme): Secret => {
  if (scheme === discord) return seed
  if (scheme === telnyx) return Buffer.from(seed, 'hex').toString('base64')
  if (scheme === standardWebhooksV1a) return `whsk_${Buffer.from(seed, 'hex').toString('base64')}`
  if (scheme === adyenPlatform) return '44782def547aaa06c910c43932b1eb0c71fc68d9d0c057550c48ec2acf6ba056'
  return 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
}

/** The secret with which a receiver verifies. */
export const keyOf = (scheme: Scheme): Secret => {
  if (scheme === discord) return publicKey
  if (scheme === telnyx) return Buffer.from(publicKey, 'hex').toString('base64')
  if (scheme === standardWebhooksV1a) return `whpk_${Buffer.from(publicKey, 'hex').toString('base64')}`
  return secretOf(scheme)
}

export const url = 'https://shop.example.com/hooks/in?shop=7'

/** A request that holds when nothing is done to it. */
export interface Request {
  readonly scheme: Scheme
  readonly options: ExplainOptions & { readonly headers: Record<string, string>; readonly body: string }
}

/** What went wrong with a request. */
export interface Fault {
  readonly name: string
  readonly scheme: Scheme
  readonly cause: Cause
  /** What was signed, where it is not the usual body. */
  readonly signed?: string
  /** What the sender signs with, where it is not the usual secret or scheme. */
  readonly sender?: Partial<{ scheme: Scheme; secret: Secret; url: string; method: string; timestamp: Date }>
  readonly happens: (options: Request['options']) => Partial<ExplainOptions>
  /** What the explanation must say, too. */
  readonly says?: RegExp
  /** Whether it shows without the signature holding. */
  readonly unproven?: true
}

export const usual = '{"id":"evt_1","type":"order.paid","amount":1250,"note":"Zoë <z@example.com> & co/kg"}'

export async function requestOf(scheme: Scheme, { signed = usual, sender = {} }: Partial<Fault> = {}): Promise<Request> {
  const secret = secretOf(scheme)
  const headers = await sign(sender.scheme ?? scheme, { secret, body: signed, url, timestamp: at, id: 'msg_1', ...sender })
  return { scheme, options: { secret: keyOf(scheme), headers, body: signed, url, now: at } }
}

const parsed = ({ body }: Request['options']) => ({ body: JSON.stringify(JSON.parse(body)) })

const bodies: readonly Fault[] = [
  {
    name: 'json.dumps of Python, parsed by JavaScript',
    scheme: stripe,
    signed: '{"id": "evt_1", "name": "Zo\\u00eb \\ud83d\\ude00", "price": 1.0, "rate": 0.25, "tags": ["a/b", null, true]}',
    cause: 'body_reserialized',
    says: /Python.*1\.0.*JSON\.stringify/,
    happens: parsed,
  },
  {
    name: 'json.dumps without ensure_ascii',
    scheme: discord,
    signed: '{"id": "evt_1", "name": "Zoë", "n": 17}',
    cause: 'body_reserialized',
    says: /Python/,
    happens: parsed,
  },
  {
    name: 'json_encode of PHP',
    scheme: github,
    signed: '{"url":"https:\\/\\/example.com\\/a","name":"Zo\\u00eb"}',
    cause: 'body_reserialized',
    says: /PHP/,
    happens: parsed,
  },
  {
    name: 'json_encode of PHP, indented, with slashes only',
    scheme: shopify,
    signed: '{\n    "url": "https:\\/\\/example.com\\/a",\n    "name": "Zoë",\n    "list": [],\n    "none": {}\n}',
    cause: 'body_reserialized',
    says: /4 spaces.*PHP/,
    happens: parsed,
  },
  {
    name: 'an Encoder of Go',
    scheme: standardWebhooks,
    signed: '{"html":"\\u003cb\\u003e \\u0026 more","n":1}\n',
    cause: 'body_reserialized',
    says: /Go/,
    happens: parsed,
  },
  {
    name: 'to_json of Rails',
    scheme: slack,
    signed: '{"text":"a \\u003e b \\u0026 c","line":"\\u2028"}',
    cause: 'body_reserialized',
    says: /Rails/,
    happens: parsed,
  },
  {
    name: 'pretty_generate of Ruby, or JSON.stringify with 2 spaces',
    scheme: typeform,
    signed: '{\n  "a": [\n    1,\n    {\n      "b": "c"\n    }\n  ]\n}',
    cause: 'body_reserialized',
    says: /2 spaces/,
    happens: parsed,
  },
  {
    name: 'tabs and a line feed',
    scheme: github,
    signed: '{\n\t"a": 1,\n\t"b": "c"\n}\n',
    cause: 'body_reserialized',
    says: /tabs.*line feed/,
    happens: parsed,
  },
  {
    name: 'System.Text.Json of .NET',
    scheme: svix,
    signed: '{"a":"\\u0022it\\u0027s\\u0022 \\u002B \\u00E9\\uD83D\\uDE00\\n"}',
    cause: 'body_reserialized',
    says: /\.NET/,
    happens: parsed,
  },
  {
    name: 'Gson of Java',
    scheme: linear,
    signed: '{"a":"x\\u003dy it\\u0027s","webhookTimestamp":1772366400000}',
    cause: 'body_reserialized',
    says: /Gson/,
    happens: parsed,
  },
  {
    name: 'JavaScript, written again by Python',
    scheme: stripe,
    signed: '{"small":1e-7,"big":1e+21,"name":"Zoë","price":2.5}',
    cause: 'body_reserialized',
    says: /compact.*written otherwise/,
    happens: () => ({ body: '{"small": 1e-07, "big": 1e+21, "name": "Zo\\u00eb", "price": 2.5}' }),
  },
  {
    name: 'Python floats, written again by Python',
    scheme: stripe,
    signed: '{"small": 1e-07, "big": 1e+16, "whole": 3.0}',
    cause: 'body_reserialized',
    happens: () => ({ body: '{"small":1e-7,"big":10000000000000000.0,"whole":3.0}' }),
  },
  {
    name: 'a sender that signs with sorted names',
    scheme: github,
    signed: '{"a":1,"b":{"c":2,"d":3},"z":[]}',
    cause: 'body_reserialized',
    says: /sorted/,
    happens: () => ({ body: '{"z":[],"b":{"d":3,"c":2},"a":1}' }),
  },
  { name: 'a line feed added', scheme: github, cause: 'body_whitespace', happens: ({ body }) => ({ body: `${body}\n` }) },
  {
    name: 'a line feed cut',
    scheme: stripe,
    signed: 'plain text\n',
    cause: 'body_whitespace',
    happens: ({ body }) => ({ body: body.trim() }),
  },
  {
    name: 'white space around it',
    scheme: shopify,
    cause: 'body_whitespace',
    happens: ({ body }) => ({ body: `\n  ${body} \t` }),
  },
  {
    name: 'CRLF to LF',
    scheme: square,
    signed: 'a=1\r\nb=2\r\n',
    cause: 'body_line_endings',
    happens: ({ body }) => ({ body: body.replace(/\r/g, '') }),
  },
  {
    name: 'LF to CRLF',
    scheme: github,
    signed: '{\n "a":\n1}',
    cause: 'body_line_endings',
    happens: ({ body }) => ({ body: body.replace(/\n/g, '\r\n') }),
  },
  {
    name: 'a byte order mark added',
    scheme: github,
    cause: 'body_byte_order_mark',
    happens: ({ body }) => ({ body: `\ufeff${body}` }),
  },
  {
    name: 'a byte order mark cut',
    scheme: stripe,
    signed: `\ufeff${usual}`,
    cause: 'body_byte_order_mark',
    happens: () => ({ body: usual }),
  },
  {
    name: 'base64, as a function gets it',
    scheme: slack,
    cause: 'body_base64',
    happens: ({ body }) => ({ body: Buffer.from(body).toString('base64') }),
  },
  {
    name: 'base64url',
    scheme: github,
    cause: 'body_base64',
    happens: ({ body }) => ({ body: Buffer.from(body).toString('base64url') }),
  },
  { name: 'gzip', scheme: standardWebhooks, cause: 'body_compressed', happens: ({ body }) => ({ body: gzipSync(body) }) },
  { name: 'deflate', scheme: github, cause: 'body_compressed', happens: ({ body }) => ({ body: deflateSync(body) }) },
  {
    name: 'percent-encoded',
    scheme: github,
    cause: 'body_url_encoded',
    happens: ({ body }) => ({ body: encodeURIComponent(body) }),
  },
  {
    name: 'put into a form',
    scheme: stripe,
    cause: 'body_url_encoded',
    happens: ({ body }) => ({ body: new URLSearchParams({ payload: body }).toString() }),
  },
  {
    name: 'the payload of a form alone',
    scheme: github,
    signed: new URLSearchParams({ payload: usual }).toString(),
    cause: 'body_form_parsed',
    happens: () => ({ body: usual }),
  },
  {
    name: 'a form as JSON',
    scheme: slack,
    signed: 'token=abc&team_id=T1&text=94070+is+it%3F&user=Zo%C3%AB',
    cause: 'body_form_parsed',
    happens: ({ body }) => ({ body: JSON.stringify(Object.fromEntries(new URLSearchParams(body))) }),
  },
  {
    name: 'a form encoded again',
    scheme: slack,
    signed: 'text=a%20b%21&url=x',
    cause: 'body_form_parsed',
    happens: ({ body }) => ({ body: new URLSearchParams(body).toString() }),
  },
  {
    name: 'JSON.stringify of the text',
    scheme: telnyx,
    cause: 'body_double_encoded',
    happens: ({ body }) => ({ body: JSON.stringify(body) }),
  },
  {
    name: 'a backslash before each quote',
    scheme: github,
    cause: 'body_double_encoded',
    happens: ({ body }) => ({ body: body.replace(/"/g, '\\"') }),
  },
  {
    name: 'the event of a function',
    scheme: stripe,
    cause: 'body_enveloped',
    happens: ({ body }) => ({
      body: JSON.stringify({ version: '2.0', isBase64Encoded: true, body: Buffer.from(body).toString('base64') }),
    }),
  },
  {
    name: 'JSON of a Buffer',
    scheme: github,
    cause: 'body_bytes_printed',
    happens: ({ body }) => ({ body: JSON.stringify(Buffer.from(body)) }),
  },
  {
    name: 'a Uint8Array as text',
    scheme: github,
    cause: 'body_bytes_printed',
    happens: ({ body }) => ({ body: String(new TextEncoder().encode(body)) }),
  },
  {
    name: 'UTF-8 decoded as Latin-1',
    scheme: stripe,
    cause: 'body_charset',
    happens: ({ body }) => ({ body: Buffer.from(body).toString('latin1') }),
  },
  {
    name: 'UTF-8 decoded as Windows-1252',
    scheme: stripe,
    signed: '{"price":"5 €","name":"Zoë"}',
    cause: 'body_charset',
    happens: ({ body }) => ({ body: new TextDecoder('windows-1252').decode(Buffer.from(body)) }),
  },
  {
    name: 'Latin-1 bytes',
    scheme: github,
    cause: 'body_charset',
    happens: ({ body }) => ({ body: Buffer.from(body, 'latin1') }),
  },
  { name: '[object Object]', scheme: stripe, cause: 'body_lost', unproven: true, happens: () => ({ body: String({}) }) },
  {
    name: 'a stream that was read',
    scheme: github,
    cause: 'body_lost',
    unproven: true,
    happens: ({ headers, body }) => ({ body: '', headers: { ...headers, 'Content-Length': String(body.length) } }),
  },
  {
    name: 'a body that was cut',
    scheme: github,
    cause: 'body_length',
    unproven: true,
    happens: ({ headers, body }) => ({
      body: body.slice(0, 20),
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    }),
  },
]

const text = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const inner = text.slice('whsec_'.length)
const der = Buffer.from(`302a300506032b6570032100${publicKey}`, 'hex').toString('base64')

const secrets: readonly Fault[] = [
  { name: 'a line feed at its end', scheme: stripe, cause: 'secret_whitespace', happens: () => ({ secret: `${text}\n` }) },
  { name: 'a line feed, in words', scheme: github, cause: 'secret_whitespace', happens: () => ({ secret: `${text}\\n` }) },
  {
    name: 'an invisible character',
    scheme: shopify,
    cause: 'secret_whitespace',
    happens: () => ({ secret: `${text.slice(0, 9)}\u200b${text.slice(9)}` }),
  },
  {
    name: "a line feed at the sender's",
    scheme: github,
    cause: 'secret_whitespace',
    sender: { secret: Buffer.from(`${text}\n`) },
    happens: () => ({}),
  },
  { name: 'quotes', scheme: standardWebhooks, cause: 'secret_quotes', happens: () => ({ secret: `"${text}"` }) },
  { name: 'typographic quotes', scheme: github, cause: 'secret_quotes', happens: () => ({ secret: `“${text}”` }) },
  { name: 'a line of .env', scheme: stripe, cause: 'secret_wrapped', happens: () => ({ secret: `STRIPE_SECRET="${text}"` }) },
  {
    name: 'a document',
    scheme: github,
    cause: 'secret_wrapped',
    happens: () => ({ secret: JSON.stringify({ user: 'x', secret: text }) }),
  },
  { name: 'a prefix missing', scheme: stripe, cause: 'secret_prefix', happens: () => ({ secret: inner }) },
  { name: 'a prefix too many', scheme: standardWebhooks, cause: 'secret_prefix', happens: () => ({ secret: `v1,${text}` }) },
  {
    name: 'a prefix that is not signed with',
    scheme: github,
    sender: { secret: inner },
    cause: 'secret_prefix',
    happens: () => ({ secret: text }),
  },
  {
    name: 'base64, decoded where it is text',
    scheme: stripe,
    sender: { secret: inner },
    cause: 'secret_encoding',
    happens: () => ({ secret: Buffer.from(inner, 'base64') }),
  },
  {
    name: 'base64, not decoded by the sender',
    scheme: standardWebhooks,
    sender: { secret: Buffer.from(text) },
    cause: 'secret_encoding',
    happens: () => ({}),
  },
  {
    name: 'hex, decoded by the sender',
    scheme: github,
    sender: { secret: Buffer.from('00ff10ab'.repeat(8), 'hex') },
    cause: 'secret_encoding',
    happens: () => ({ secret: '00ff10ab'.repeat(8) }),
  },
  {
    name: 'hex, not decoded by the sender',
    scheme: adyenPlatform,
    sender: { secret: Buffer.from(String(secretOf(adyenPlatform))) },
    cause: 'secret_encoding',
    happens: () => ({}),
  },
  {
    name: 'base64url',
    scheme: standardWebhooks,
    sender: { secret: Buffer.from('fb'.repeat(24), 'hex') },
    cause: 'secret_encoding',
    happens: () => ({ secret: Buffer.from('fb'.repeat(24), 'hex').toString('base64url') }),
  },
  {
    name: 'base64 of Kubernetes',
    scheme: shopify,
    cause: 'secret_encoding',
    happens: () => ({ secret: Buffer.from(`${text}\n`).toString('base64') }),
  },
  {
    name: 'percent-encoding',
    scheme: github,
    sender: { secret: 'a+b/c=d+e/f=' },
    cause: 'secret_encoding',
    happens: () => ({ secret: encodeURIComponent('a+b/c=d+e/f=') }),
  },
  {
    name: 'small letters',
    scheme: github,
    cause: 'secret_case',
    happens: () => ({ secret: 'ABCDEF0123456789' }),
    sender: { secret: 'abcdef0123456789' },
  },
  {
    name: 'a public key in base64',
    scheme: discord,
    cause: 'secret_encoding',
    happens: () => ({ secret: Buffer.from(publicKey, 'hex').toString('base64') }),
  },
  {
    name: 'a public key in PEM, its line ends in words',
    scheme: discord,
    cause: 'secret_encoding',
    happens: () => ({ secret: `-----BEGIN PUBLIC KEY-----\\n${der}\\n-----END PUBLIC KEY-----\\n` }),
  },
  { name: 'a public key in DER', scheme: telnyx, cause: 'secret_encoding', happens: () => ({ secret: der }) },
  {
    name: 'an API key of Stripe',
    scheme: stripe,
    cause: 'secret_is_api_key',
    unproven: true,
    says: /Stripe/,
    happens: () => ({ secret: `sk_${'live'}_${'x1'.repeat(12)}` }),
  },
  {
    name: 'a bot token of Slack',
    scheme: slack,
    cause: 'secret_is_api_key',
    unproven: true,
    says: /Slack/,
    happens: () => ({ secret: `xoxb-${'12'.repeat(12)}` }),
  },
  {
    name: 'a token of GitHub',
    scheme: github,
    cause: 'secret_is_api_key',
    unproven: true,
    says: /GitHub/,
    happens: () => ({ secret: `ghp_${'aB3'.repeat(12)}` }),
  },
  {
    name: 'an API key that is no base64',
    scheme: standardWebhooks,
    cause: 'secret_is_api_key',
    unproven: true,
    says: /OpenAI/,
    happens: () => ({ secret: `sk-proj-${'aB3'.repeat(12)}` }),
  },
  {
    name: 'a variable that was not set',
    scheme: stripe,
    cause: 'secret_placeholder',
    unproven: true,
    happens: () => ({ secret: String(undefined) }),
  },
  { name: 'no key at all', scheme: discord, cause: 'secret_unusable', unproven: true, happens: () => ({ secret: 'abcd' }) },
  {
    name: 'test for live',
    scheme: stripe,
    cause: 'another_secret',
    says: /"live mode"/,
    happens: ({ secret }) => ({ secret: 'whsec_test', otherSecrets: { other: 'whsec_other', 'live mode': secret as string } }),
  },
]

const secondsHeader = {
  name: 'acme',
  content: ['timestamp', { text: '.' }, 'body'],
  signature: { header: 'x-acme-signature' },
  timestamp: { header: 'x-acme-time' },
} as const
const acme = defineScheme(secondsHeader)
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)

const times: readonly Fault[] = [
  {
    name: 'old',
    scheme: stripe,
    cause: 'timestamp_too_old',
    says: /2\.5 hours old; 300 seconds/,
    happens: () => ({ now: later(9000) }),
  },
  {
    name: 'old by a tolerance of zero',
    scheme: slack,
    cause: 'timestamp_too_old',
    says: /3 seconds old; 0 seconds/,
    happens: () => ({ now: later(3), toleranceSeconds: 0 }),
  },
  {
    name: 'in the future',
    scheme: discord,
    cause: 'timestamp_too_new',
    says: /10 minutes ahead/,
    happens: () => ({ now: later(-600) }),
  },
  {
    name: 'old in the body',
    scheme: linear,
    signed: `{"webhookTimestamp":${at.getTime()}}`,
    cause: 'timestamp_too_old',
    says: /3 days old/,
    happens: () => ({ now: later(3 * 86400) }),
  },
  {
    name: 'milliseconds for seconds',
    scheme: acme,
    sender: { scheme: defineScheme({ ...secondsHeader, unit: 'ms' }) },
    cause: 'timestamp_unit',
    says: /milliseconds/,
    happens: () => ({}),
  },
  {
    name: 'RFC 3339 for seconds',
    scheme: acme,
    sender: { scheme: defineScheme({ ...secondsHeader, unit: 'iso' }) },
    cause: 'timestamp_unit',
    says: /RFC 3339/,
    happens: () => ({}),
  },
  {
    name: 'seconds for milliseconds',
    scheme: webflow,
    sender: { scheme: defineScheme({ ...webflow, algorithm: 'hmac-sha256', unit: 's' } as never) },
    cause: 'timestamp_unit',
    says: /in seconds/,
    happens: () => ({}),
  },
  {
    name: 'seconds for `now`',
    scheme: stripe,
    cause: 'timestamp_unit',
    says: /`now`/,
    happens: () => ({ now: new Date(at.getTime() / 1000) }),
  },
  {
    name: 'milliseconds for seconds in the body',
    scheme: defineScheme({ name: 'acme', signature: { header: 'x-acme-signature' }, timestamp: { body: '/at' } }),
    signed: `{"at":${at.getTime()}}`,
    cause: 'timestamp_unit',
    says: /milliseconds/,
    happens: () => ({}),
  },
]

const plainScheme = defineScheme({
  name: 'acme',
  signature: { header: 'x-acme-signature' },
  timestamp: { header: 'x-acme-time' },
})
const described = (more: object) =>
  defineScheme({ name: 'acme', signature: { header: 'x-acme-signature' }, timestamp: { header: 'x-acme-time' }, ...more })
const signingAll = defineScheme({ name: 'acme', content: ['method', 'url', 'body'], signature: { header: 'x-acme-signature' } })

const senders: readonly Fault[] = [
  {
    name: 'GitHub for Stripe',
    scheme: stripe,
    sender: { scheme: github },
    cause: 'another_scheme',
    says: /signed as github/,
    happens: () => ({}),
  },
  {
    name: 'Slack beside GitHub',
    scheme: github,
    sender: { scheme: slack },
    cause: 'another_scheme',
    says: /slack/,
    happens: ({ headers }) => ({ headers: { ...headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } }),
  },
  {
    name: 'Shopify, with a secret that does not match',
    scheme: stripe,
    sender: { scheme: shopify, secret: 'another' },
    cause: 'another_scheme',
    unproven: true,
    says: /shopify/,
    happens: () => ({}),
  },
  {
    name: 'another HMAC',
    scheme: plainScheme,
    sender: { scheme: described({ algorithm: 'hmac-sha512' }) },
    cause: 'scheme_description',
    says: /hmac-sha512/,
    happens: () => ({}),
  },
  {
    name: 'another encoding',
    scheme: plainScheme,
    sender: { scheme: described({ algorithm: 'hmac-sha1', encoding: 'base64' }) },
    cause: 'scheme_description',
    says: /hmac-sha1 in base64/,
    happens: () => ({}),
  },
  {
    name: 'another layout',
    scheme: plainScheme,
    sender: { scheme: described({ content: ['timestamp', { text: '.' }, 'body'] }) },
    cause: 'scheme_description',
    says: /timestamp \+ “\.” \+ body/,
    happens: () => ({}),
  },
]

const urls: readonly Fault[] = [
  {
    name: 'http for https',
    scheme: square,
    cause: 'url_protocol',
    says: /https instead of the protocol http/,
    happens: () => ({ url: url.replace('https', 'http') }),
  },
  {
    name: 'another host, port and protocol behind a proxy',
    scheme: square,
    cause: 'url_host',
    says: /shop\.example\.com/,
    happens: ({ headers }) => ({
      url: 'http://10.0.0.7:3000/hooks/in?shop=7',
      headers: { ...headers, 'x-forwarded-host': 'shop.example.com', 'x-forwarded-proto': 'https' },
    }),
  },
  {
    name: 'what Forwarded says',
    scheme: square,
    cause: 'url_host',
    happens: ({ headers }) => ({
      url: 'http://backend/hooks/in?shop=7',
      headers: { ...headers, forwarded: 'for=1.2.3.4;host="shop.example.com";proto=https' },
    }),
  },
  { name: 'www', scheme: square, cause: 'url_host', happens: () => ({ url: url.replace('shop.', 'www.shop.') }) },
  { name: 'a port', scheme: square, cause: 'url_port', happens: () => ({ url: url.replace('.com', '.com:8443') }) },
  { name: 'a slash at its end', scheme: square, cause: 'url_path', happens: () => ({ url: url.replace('/in', '/in/') }) },
  {
    name: 'a prefix that a proxy cuts',
    scheme: square,
    cause: 'url_path',
    says: /\/hooks\/in/,
    happens: ({ headers }) => ({ url: url.replace('/hooks', ''), headers: { ...headers, 'x-forwarded-prefix': '/hooks' } }),
  },
  {
    name: 'a path that a proxy rewrites',
    scheme: square,
    cause: 'url_path',
    happens: ({ headers }) => ({
      url: 'https://shop.example.com/internal',
      headers: { ...headers, 'x-original-uri': '/hooks/in?shop=7' },
    }),
  },
  { name: 'no query', scheme: square, sender: { url: url.replace(/\?.*/, '') }, cause: 'url_query', happens: () => ({}) },
  { name: 'another method', scheme: signingAll, sender: { method: 'PUT' }, cause: 'method', says: /PUT/, happens: () => ({}) },
]

const renamed = (headers: Record<string, string>, rename: (name: string) => string) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [rename(name), value]))
const changed = (headers: Record<string, string>, change: (value: string) => string | string[]) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(value)]))

const headers: readonly Fault[] = [
  {
    name: 'underscores',
    scheme: github,
    cause: 'header_renamed',
    says: /x_hub_signature_256/,
    happens: ({ headers }) => ({ headers: renamed(headers, (name) => name.replace(/-/g, '_')) }),
  },
  {
    name: 'names of CGI',
    scheme: standardWebhooks,
    cause: 'header_renamed',
    happens: ({ headers }) => ({ headers: renamed(headers, (name) => `HTTP_${name.toUpperCase().replace(/-/g, '_')}`) }),
  },
  {
    name: 'names without X-',
    scheme: slack,
    cause: 'header_renamed',
    happens: ({ headers }) => ({ headers: renamed(headers, (name) => name.slice(2)) }),
  },
  {
    name: 'names of a gateway',
    scheme: stripe,
    cause: 'header_renamed',
    happens: ({ headers }) => ({ headers: renamed(headers, (name) => `X-Amzn-Remapped-${name}`) }),
  },
  {
    name: 'sent on twice',
    scheme: stripe,
    cause: 'header_duplicated',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => [value, value]) as never }),
  },
  {
    name: 'joined of two',
    scheme: github,
    cause: 'header_duplicated',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => `${value}, ${value}`) as never }),
  },
  {
    name: 'joined of two lists',
    scheme: stripe,
    cause: 'header_duplicated',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => `${value}, ${value}`) as never }),
  },
  {
    name: 'a space after each comma',
    scheme: stripe,
    cause: 'header_changed',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => value.replace(',', ', ')) as never }),
  },
  {
    name: 'quotes',
    scheme: shopify,
    cause: 'header_changed',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => `"${value}"`) as never }),
  },
  {
    name: 'capitals',
    scheme: github,
    cause: 'header_changed',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => value.toUpperCase()) as never }),
  },
  {
    name: 'no prefix',
    scheme: github,
    cause: 'header_changed',
    says: /sha256=/,
    happens: ({ headers }) => ({ headers: changed(headers, (value) => value.slice(7)) as never }),
  },
  {
    name: 'base64 without padding',
    scheme: shopify,
    cause: 'header_changed',
    happens: ({ headers }) => ({ headers: changed(headers, (value) => value.replace(/=+$/, '')) as never }),
  },
  {
    name: 'none',
    scheme: stripe,
    cause: 'header_missing',
    unproven: true,
    says: /stripe-signature/,
    happens: () => ({ headers: { 'content-type': 'application/json' } }),
  },
  {
    name: 'no time',
    scheme: slack,
    cause: 'header_missing',
    unproven: true,
    says: /x-slack-request-timestamp/,
    happens: ({ headers }) => ({ headers: { 'x-slack-signature': headers['x-slack-signature'] } }),
  },
  {
    name: 'no signature in it',
    scheme: stripe,
    cause: 'malformed',
    unproven: true,
    happens: () => ({ headers: { 'stripe-signature': 't=1772366400,v1=none' } }),
  },
]

/** What is done to a request, and the cause that must be named. */
export const faults: Readonly<Record<string, readonly Fault[]>> = {
  body: bodies,
  secret: secrets,
  time: times,
  sender: senders,
  url: urls,
  headers,
}
