/** What is called of one server’s client of `ioredis`. */
export interface IoredisServer {
  info(): Promise<unknown>
  config(subcommand: 'GET', name: string): Promise<unknown>
}

/** What is called of `ioredis`: a `Redis`, also behind Sentinel, or a `Cluster`. */
export interface Ioredis extends IoredisServer {
  evalsha(sha: string, keyCount: number, ...keysAndValues: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndValues: string[]): Promise<unknown>
  nodes?(role: 'master'): readonly IoredisServer[]
}

/** What is called of one server’s client of node-redis. */
export interface NodeRedisServer {
  info(): Promise<unknown>
  configGet(name: string): Promise<unknown>
}

/** What is called of node-redis: a client, a pool, a sentinel or a cluster. */
export interface NodeRedis extends NodeRedisServer {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  readonly masters?: readonly unknown[]
  nodeClient?(node: never): Promise<NodeRedisServer>
}

/** One server, as `check` looks at it. */
export interface Server {
  info(): Promise<unknown>
  setting(name: string): Promise<unknown>
}

/** What the store does with a client, whichever it is. */
export interface Connection {
  bySha(sha: string, key: string, values: string[]): Promise<unknown>
  byText(text: string, key: string, values: string[]): Promise<unknown>
  /** The server, or each primary of a cluster. */
  primaries(): Promise<readonly Server[]>
}

const isFunction = (value: unknown) => typeof value === 'function'

/** Whether a value is a client of either kind. */
export const isClient = (client: unknown): client is Ioredis | NodeRedis =>
  isFunction((client as Partial<Ioredis> | undefined | null)?.evalsha) ||
  isFunction((client as Partial<NodeRedis> | undefined | null)?.evalSha)

/** One way to talk to either client. */
export const connectionTo = (client: Ioredis | NodeRedis): Connection =>
  'evalSha' in client ? throughNodeRedis(client) : throughIoredis(client)

function throughIoredis(client: Ioredis): Connection {
  return {
    bySha: (sha, key, values) => client.evalsha(sha, 1, key, ...values),
    byText: (text, key, values) => client.eval(text, 1, key, ...values),
    async primaries() {
      const servers = client.nodes ? await known(client, async () => client.nodes?.('master')) : [client]
      return servers.map((server) => ({ info: () => server.info(), setting: (name) => server.config('GET', name) }))
    },
  }
}

function throughNodeRedis(client: NodeRedis): Connection {
  const { nodeClient } = client
  return {
    bySha: (sha, key, values) => client.evalSha(sha, { keys: [key], arguments: values }),
    byText: (text, key, values) => client.eval(text, { keys: [key], arguments: values }),
    async primaries() {
      const servers = nodeClient
        ? await known(client, () => Promise.all((client.masters ?? []).map((node) => nodeClient.call(client, node as never))))
        : [client]
      return servers.map((server) => ({ info: () => server.info(), setting: (name) => server.configGet(name) }))
    },
  }
}

/** The primaries of a cluster, which its client knows once it has been asked for something. */
async function known<Node>(
  cluster: Pick<Server, 'info'>,
  primaries: () => Promise<readonly Node[] | undefined>,
): Promise<readonly Node[]> {
  const refusal = await cluster.info().catch((error: unknown) => error)
  const nodes = await primaries()
  if (nodes?.length) return nodes
  throw new Error('The client knows no primary of its cluster.', { cause: refusal })
}
