/**
 * Runs one code block in a process of its own: `node --import tsx run.ts <file>`.
 *
 * Whatever port the block asks for, its servers listen on a free one, and tell it to the parent. A block that exports a fetch
 * handler instead, as a `POST` or as `default`, is served here.
 */
import { createServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { pathToFileURL } from 'node:url'

const { listen } = Server.prototype
Server.prototype.listen = function (this: Server, ...options: unknown[]) {
  this.once('listening', () => process.send?.({ port: (this.address() as AddressInfo).port }))
  const callback = options.findLast((option) => typeof option === 'function')
  return Reflect.apply(listen, this, [{ port: 0, host: '127.0.0.1' }, callback])
} as typeof listen

type FetchHandler = (request: Request) => Response | Promise<Response>
interface FetchModule {
  readonly POST?: FetchHandler
  readonly default?: FetchHandler | { readonly fetch: FetchHandler }
}

const module: FetchModule = await import(pathToFileURL(process.argv[2] as string).href)
const exported = module.POST ?? (typeof module.default === 'object' ? module.default.fetch : module.default)
if (exported) serve(exported)

function serve(handle: FetchHandler) {
  const server = createServer(async (incoming, outgoing) => {
    const { url, method = 'GET', headers } = incoming
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = method === 'GET' ? null : Buffer.concat(chunks)
    const pairs = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    )
    const response = await handle(new Request(`http://${headers.host}${url}`, { method, headers: pairs, body }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(new Uint8Array(await response.arrayBuffer()))
  })
  server.listen()
}
