import { connect } from 'node:net'
import { sign } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { mountReceiver } from '../adapters/mounts'
import { make } from '../schemes/genuine'
import { type Decisions, decisions } from './decisions'
import { mutate, type Pieces } from './mutations'
import type { Target } from './target'

/** A request as bytes, its framing changed now and then. */
function write({ headers, body, method }: Pieces, decide: Decisions): Buffer {
  const framing = decide.pick([
    `content-length: ${body.length}`,
    `content-length: ${body.length}`,
    `content-length: ${body.length + decide.below(3)}`,
    `content-length: ${body.length}\r\ncontent-length: ${decide.below(9)}`,
    'content-length: -1',
    'content-length: 99999999999',
    'transfer-encoding: chunked',
    `transfer-encoding: chunked\r\ncontent-length: ${body.length}`,
    'content-encoding: gzip',
    'expect: 100-continue',
    'connection: close',
  ])
  const isChunked = framing.startsWith('transfer-encoding') && decide.below(4) > 0
  const lines = headers.flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
  const verb = decide.pick([method, method, method, method, 'GET', 'PUT', 'HEAD', 'OPTIONS', 'P0ST', ''])
  const head = `${verb} ${decide.pick(['/hooks', '/hooks', '/hooks/', '/hooks?a=1', '//', 'http://x/hooks', '*'])} HTTP/1.1\r\n`
  return Buffer.concat([
    Buffer.from(`${head}host: x\r\n${lines.join('\r\n')}\r\n${framing}\r\n\r\n`, 'latin1'),
    isChunked ? Buffer.from(`${body.length.toString(16)}\r\n`) : Buffer.alloc(0),
    body,
    isChunked ? Buffer.from(decide.pick(['\r\n0\r\n\r\n', '\r\n', 'x', ''])) : Buffer.alloc(0),
  ])
}

/** A server under attack through real sockets: it answers what is HTTP, hangs up on the rest, and is there for the next. */
export async function openSocketTarget(adapter: string) {
  const { keys, headers, body } = await make(standardWebhooks)
  const second = await make(standardWebhooks, keys)
  const genuine: Pieces = { headers: Object.entries(headers), body: Buffer.from(body), url: '/hooks', method: 'POST' }
  const other: Pieces = { ...genuine, headers: Object.entries(second.headers) }
  const mounted = await mountReceiver(adapter, { scheme: standardWebhooks, secret: keys.receiver, maxBodyBytes: 100_000 })
  const { hostname, port } = new URL(mounted.url)

  const target: Target = {
    name: adapter,
    async attack(bytes) {
      const decide = decisions(bytes)
      const socket = connect(Number(port), hostname)
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
      socket.on('error', () => undefined)
      socket.end(write(mutate(genuine, decide, other), decide))
      // Whatever else happens on the way, such as a reset.
      await new Promise((resolve) => socket.once('close', resolve))
      const statuses = Array.from(answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status))
      const odd = statuses.filter((status) => ![100, 200, 400, 401, 404, 405, 411, 413, 415, 417, 431].includes(status))
      if (odd.length > 0) throw new Error(`${adapter} answered ${odd.join(', ')}`)
      // What the network takes is not the library's.
      return { isAccepted: statuses.includes(200), milliseconds: 0 }
    },
  }
  const isAlive = async () => {
    const fresh = { ...(await sign(standardWebhooks, { secret: keys.sender, body })), 'content-type': 'application/json' }
    return (await fetch(mounted.url, { method: 'POST', headers: fresh, body })).status === 200
  }
  return { ...target, isAlive, close: mounted.close }
}
