import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateSecret, sign, verify } from 'countersign'
import { schemes } from 'countersign/schemes'
import { expect, vi } from 'vitest'
import type { Running } from './start'

/** How a block is brought to do what it is there for: it is prepared, started, and then put to the test. */
export interface Drive {
  /** For the block's environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Texts of the block and what to put in their place before it runs, such as the address of a partner that is there only now. */
  readonly replace?: Readonly<Record<string, string>>
  /** Rejects when the block does not do what it must. */
  check(running: Running): Promise<void>
  close?(): Promise<void>
}

interface DriveOptions {
  /** The scheme by its kebab-case name. */
  readonly scheme?: string
  /** Where the receiver is mounted. */
  readonly path?: string
  /** The event. */
  readonly body?: unknown
  /** What the block must print once it is done. */
  readonly prints?: string
  /** Texts of the block and what to put in their place. `ENDPOINT` in them stands for the partner's address. */
  readonly replace?: Readonly<Record<string, string>>
}

const defaults = { path: '/hooks', body: { id: 'evt_1', type: 'payment.succeeded', data: { order: 'order_1' } }, replace: {} }
const statusOf = async (response: Promise<Response>) => (await response).status

function schemeOf({ scheme: name = '' }: DriveOptions) {
  const scheme = schemes[name]
  if (!scheme) throw new Error(`Expected \`scheme\` to be one of ${Object.keys(schemes).join(', ')}, got ${name}`)
  return scheme
}

/** By the name that stands in the comment before a block. The environment's names are the block's: whatever ends in `SECRET`. */
export const drives: Readonly<Record<string, (options: DriveOptions, secretNames: readonly string[]) => Promise<Drive>>> = {
  /** Sends the block a signed event, twice, and tampers with it. */
  async receiver(options, secretNames) {
    const scheme = schemeOf(options)
    const secret = generateSecret()
    const { path, replace } = { ...defaults, ...options }
    const body = JSON.stringify(options.body ?? defaults.body)
    return {
      environment: Object.fromEntries(secretNames.map((name) => [name, secret])),
      replace,
      async check(running) {
        const url = `${await running.url}${path}`
        const deliver = async (sent: string) => {
          const headers = { 'content-type': 'application/json', ...(await sign(scheme, { secret, body, id: 'msg_1' })) }
          return statusOf(fetch(url, { method: 'POST', headers, body: sent }))
        }
        expect(await deliver(`${body} `)).toBe(401)
        const status = await deliver(body)
        expect(status >= 200 && status < 300, `${status}\n${running.output()}`).toBe(true)
        expect(await deliver(body), running.output()).toBe(status)
        // A receiver that acknowledges first does the rest later.
        const { prints } = options
        if (prints !== undefined) await vi.waitFor(() => expect(running.output()).toContain(prints), 10_000)
      },
    }
  },

  /** Is the endpoint that the block sends to, and verifies what arrives. */
  async sender(options, secretNames) {
    const scheme = schemeOf(options)
    const secret = generateSecret()
    let arrived = 0
    const server = createServer(async (request, response) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request) chunks.push(chunk)
      const verified = verify(scheme, { secret, headers: request.headers, body: Buffer.concat(chunks) })
      const isGenuine = await verified.then(
        () => true,
        () => false,
      )
      if (isGenuine) arrived++
      response.writeHead(isGenuine ? 200 : 401).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`
    const replace = Object.entries(options.replace ?? {}).map(([text, by]) => [text, by.replace('ENDPOINT', endpoint)] as const)
    return {
      environment: Object.fromEntries(secretNames.map((name) => [name, secret])),
      replace: Object.fromEntries(replace),
      async check(running) {
        expect(await running.ended, running.output()).toBe(0)
        expect(arrived).toBeGreaterThan(0)
        if (options.prints !== undefined) expect(running.output()).toContain(options.prints)
      },
      async close() {
        server.closeAllConnections()
        server.close()
      },
    }
  },
}

/** For blocks that need nobody: they run and end by themselves, in success. */
export const alone: Drive = {
  environment: {},
  async check(running) {
    const listens = running.url.then(
      () => true,
      () => false,
    )
    const endedFirst = running.ended.then(() => false)
    if (await Promise.race([listens, endedFirst]))
      throw new Error('The block listens: name who drives it, as CONTRIBUTING.md says')
    expect(await running.ended, running.output()).toBe(0)
  },
}
