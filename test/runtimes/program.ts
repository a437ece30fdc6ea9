import type { Scheme } from 'countersign'
import { ConfigurationError, VerificationError, verify } from 'countersign'
import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { schemes, standardWebhooks } from 'countersign/schemes'
import { signedRequest, storeContract } from 'countersign/testing'
import constructed from '../vectors/constructed.json'
import rfc9421 from '../vectors/rfc9421.json'
import signatures from '../vectors/signatures.json'

// Run by every runtime from the packed tarball: what it says must be the same everywhere.

/** What a runtime found out. */
export interface Report {
  readonly vectors: number
  readonly answers: number
  readonly laws: number
  readonly failures: readonly string[]
}

interface Vector {
  readonly id: string
  readonly scheme: string
  readonly expected: string
  readonly [name: string]: unknown
}

const failures: string[] = []
const said = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

async function tryVectors(): Promise<number> {
  let tried = 0
  for (const vector of [...signatures, ...rfc9421, ...constructed] as unknown as Vector[]) {
    const scheme = (schemes as Record<string, Scheme | undefined>)[vector.scheme]
    if (!scheme) continue
    tried++
    const { secret, publicKey, jwk, headers, headersProto, body, bodyBase64, now, toleranceSeconds, url, method } = vector
    const options = {
      secret: publicKey ?? jwk ?? secret ?? '',
      headers: Object.assign(Object.create((headersProto ?? null) as object | null), headers),
      body: body ?? bytesOf((bodyBase64 ?? '') as string),
      ...(now !== undefined && { now: new Date((now as number) * 1000) }),
      ...(toleranceSeconds !== undefined && { toleranceSeconds }),
      url,
      method,
    }
    const answer = await verify(scheme, options as never).then(
      () => 'valid',
      (error) => (error instanceof VerificationError || error instanceof ConfigurationError ? 'invalid' : said(error)),
    )
    if (answer !== vector.expected) failures.push(`${vector.id} is ${answer}`)
  }
  return tried
}

const url = 'https://shop.example/hooks'
const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
const body = '{"type":"paid","amount":5}'
type Handler = (event: { payload: unknown }, context: { reply(value: object): unknown }) => unknown

/** What a receiver answers, and what it should. */
const table: readonly (readonly [string, string, () => Promise<Response>])[] = [
  ['handled', '200 ||', () => ask({})],
  [
    'a reply',
    '202 |a|made',
    () => ask({ handler: (_, { reply }) => reply({ status: 202, headers: { 'x-note': 'a' }, body: 'made' }) }),
  ],
  ['a handler that throws', '500 ||', () => ask({ handler: () => Promise.reject(new Error('no')) })],
  ['an ignored type', '200 ||', () => ask({ options: { types: ['other'] } })],
  ['a forged body', '401 ||', () => ask({ change: (request) => new Request(request, { body: `${body} ` }) })],
  ['no signature', '401 ||', () => ask({ change: () => new Request(url, { method: 'POST', body }) })],
  ['an old signature', '401 ||', () => ask({ options: { now: () => new Date(Date.now() + 600_000) } })],
  ['an unknown account', '401 ||', () => ask({ options: { secret: () => undefined } })],
  ['another method', '405 POST||', () => ask({ change: () => new Request(url) })],
  ['an encoding', '415 ||', () => ask({ change: (request) => changed(request, 'content-encoding', 'gzip') })],
  ['a body that is too long', '413 ||', () => ask({ options: { maxBodyBytes: 5 } })],
  [
    'no JSON for a schema',
    '500 ||',
    () =>
      ask({
        text: 'no',
        options: { schema: { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } } },
      }),
  ],
  [
    'a store that is down',
    '503 ||',
    () => ask({ options: { store: { ...memoryStore(), claim: () => Promise.reject(new Error('down')) } } }),
  ],
]

function changed(request: Request, name: string, value: string): Request {
  const headers = new Headers(request.headers)
  headers.set(name, value)
  return new Request(request, { headers })
}

interface Asked {
  readonly options?: object
  readonly handler?: Handler
  readonly text?: string
  readonly change?: (request: Request) => Request
}

async function ask({ options = {}, handler = () => undefined, text = body, change = (request) => request }: Asked) {
  const hook = webhook({ scheme: standardWebhooks, secret, ...options } as never, handler as never)
  return hook(change(await signedRequest(standardWebhooks, { url, secret, body: text })))
}

async function tryAnswers(): Promise<number> {
  for (const [name, expected, send] of table) {
    const response = await send()
    const shown = `${response.status} ${response.headers.get('allow') ?? ''}|${response.headers.get('x-note') ?? ''}|${await response.text()}`
    if (shown !== expected) failures.push(`${name}: ${shown}, not ${expected}`)
  }
  // Once, however often it comes.
  let runs = 0
  const hook = webhook({ scheme: standardWebhooks, secret, store: memoryStore() }, () => void runs++)
  const again = () => signedRequest(standardWebhooks, { url, secret, body, id: 'msg_1' }).then((request) => hook(request))
  await again()
  const replay = await again()
  if (runs !== 1 || replay.headers.get('idempotent-replayed') !== 'true') failures.push(`a duplicate ran ${runs} times`)
  return table.length + 1
}

async function tryLaws(): Promise<number> {
  const laws = storeContract(({ now }) => memoryStore({ now: () => new Date(now()) }), { dropsResults: true })
  for (const { name, run } of laws) await run().catch((error) => failures.push(`${name}: ${said(error)}`))
  return laws.length
}

export async function run(): Promise<Report> {
  return { vectors: await tryVectors(), answers: await tryAnswers(), laws: await tryLaws(), failures }
}
