import { sign } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { Agent, fetch } from 'undici'
import type { Framework } from './frameworks'

/** A request as it is sent, the same to every framework. */
export interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

/** An answer, less what a server says of itself. */
export interface Shown {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const bytes = (text: string) => new TextEncoder().encode(text)
/** Text that no parser and no serialiser gives back as it was. */
const payload = '{ "type":"paid", "text": "\u2028😀é", "n": 1.0, "n": 2 }\r\n'

/** What is sent to every framework, in that order, by what it is. */
export async function deliveries(secret: string): Promise<Readonly<Record<string, Sent>>> {
  const signed = async (id: string, body: string, type?: string): Promise<Sent> => ({
    method: 'POST',
    headers: { ...(await sign(standardWebhooks, { secret, id, body })), ...(type !== undefined && { 'content-type': type }) },
    body: bytes(body),
  })
  const json = 'application/json'
  const first = await signed('msg_first', payload, json)
  const other = await signed('msg_other', payload, json)
  return {
    'a delivery': first,
    'the same again': first,
    'a forged body': { ...other, body: bytes(payload.replace('paid', 'owed')) },
    'a forged id': { ...first, headers: { ...first.headers, 'webhook-id': 'msg_forged' } },
    'no signature': { method: 'POST', headers: { 'content-type': json }, body: bytes(payload) },
    'a form': await signed('msg_form', 'a=1&b=%20', 'application/x-www-form-urlencoded'),
    'a form in parts': await signed('msg_parts', '--x--', 'multipart/form-data; boundary=x'),
    text: await signed('msg_text', 'paid', 'text/plain'),
    'no type': await signed('msg_untyped', payload),
    'no JSON, though it says so': await signed('msg_broken', '{"type":', json),
    'no body': await signed('msg_empty', '', json),
    'a body of 900,000 bytes': await signed('msg_long', JSON.stringify({ text: 'é'.repeat(450_000) }), json),
    'a body over the limit': await signed('msg_over', 'x'.repeat(1024 * 1024 + 1), json),
    'a compressed body': { ...other, headers: { ...other.headers, 'content-encoding': 'gzip' } },
    'another method': { method: 'GET', headers: {} },
    'another delivery, after all that': other,
  }
}

const ofServers = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']

/** Sends them one after the other, and over one connection unless each is to have its own; the headers that a framework adds are left out. */
export async function sendAll(
  url: string,
  sent: Readonly<Record<string, Sent>>,
  { adds = [], dialsAnew }: Pick<Framework, 'adds' | 'dialsAnew'> = {},
): Promise<Record<string, Shown>> {
  const dispatcher = new Agent({ connections: 1, ...(dialsAnew && { pipelining: 0 }) })
  const answers: Record<string, Shown> = {}
  for (const [name, { method, headers, body }] of Object.entries(sent)) {
    const response = await fetch(url, { dispatcher, method, headers, body: body ?? null }).catch((cause) => {
      throw new Error(`No answer to ${name}`, { cause })
    })
    const kept = [...response.headers].filter(([header]) => ![...ofServers, ...adds].includes(header))
    answers[name] = { status: response.status, headers: Object.fromEntries(kept), body: await response.text() }
  }
  await dispatcher.close()
  return answers
}
