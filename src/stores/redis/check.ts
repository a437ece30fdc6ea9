import type { Finding } from '../../idempotency/store'
import type { Server } from './client'
import { readText } from './result'

/** What a server tells of itself; undefined is what it does not tell. */
interface Settings {
  readonly info: Readonly<Record<string, string | undefined>>
  readonly save: string | undefined
  readonly appendfsync: string | undefined
}

const dangers: readonly (Finding & { holds(found: Settings): boolean })[] = [
  {
    code: 'maxmemory_policy',
    message:
      'maxmemory-policy is not noeviction: where memory runs out, keys are dropped and their work is done again. Set it to noeviction, which refuses claims instead.',
    holds: ({ info }) => info['maxmemory_policy'] !== undefined && info['maxmemory_policy'] !== 'noeviction',
  },
  {
    code: 'persistence',
    message: 'Nothing is written to disk: a restart forgets every key, and all may run again. Set appendonly to yes.',
    holds: ({ info, save }) => info['aof_enabled'] === '0' && save === '',
  },
  {
    code: 'appendonly',
    message:
      'appendonly is off: a crash forgets what came after the last snapshot, and what was completed since may run again. Set it to yes.',
    holds: ({ info, save }) => info['aof_enabled'] === '0' && save !== '',
  },
  {
    code: 'appendfsync',
    message:
      'appendfsync is no: a crash of the machine may forget half a minute, and what was completed in it may run again. Set it to always, or to everysec, which may forget two seconds.',
    holds: ({ info, appendfsync }) => info['aof_enabled'] === '1' && appendfsync === 'no',
  },
  {
    code: 'min_replicas_to_write',
    message:
      'The server goes on when no replica keeps up: a failover forgets what its replica had not received, and that may run again. Set min-replicas-to-write to 1 or more, and min-replicas-max-lag low.',
    // The line is there only where both settings are more than 0.
    holds: ({ info }) => Number(info['connected_slaves']) > 0 && info['min_slaves_good_slaves'] === undefined,
  },
  {
    code: 'replica',
    message: 'The server is a replica: nothing can be claimed on it. Connect to the primary.',
    holds: ({ info }) => info['role'] === 'slave',
  },
  {
    code: 'unchecked',
    message:
      'The server does not tell some of its settings (CONFIG GET, INFO): see yourself that maxmemory-policy is noeviction, that appendonly is yes, and that appendfsync is not no.',
    holds: ({ info, save, appendfsync }) =>
      [info['maxmemory_policy'], info['aof_enabled'], info['role'], save, appendfsync].includes(undefined),
  },
]

/** The settings of any of the servers that void what the store promises. */
export async function findDangers(servers: readonly Server[]): Promise<Finding[]> {
  const settings = await Promise.all(servers.map(settingsOf))
  return dangers.filter(({ holds }) => settings.some(holds)).map(({ code, message }) => ({ code, message }))
}

async function settingsOf(server: Server): Promise<Settings> {
  const [info, save, appendfsync] = await Promise.all([
    told(server.info()),
    told(server.setting('save')),
    told(server.setting('appendfsync')),
  ])
  return { info: linesOf(info), save: valueIn(save, 'save'), appendfsync: valueIn(appendfsync, 'appendfsync') }
}

/** The reply, or undefined where the server refuses: managed ones and access lists do. A connection that fails is an error. */
function told(reply: Promise<unknown>): Promise<unknown> {
  return reply.catch((error: unknown) => {
    if (error instanceof Error && /^(ERR|NOPERM)\b/.test(error.message)) return undefined
    throw error
  })
}

function linesOf(info: unknown): Settings['info'] {
  if (info === undefined) return {}
  const pairs = readText(info).matchAll(/^([a-z_]+):(.*?)\r?$/gm)
  return Object.fromEntries(Array.from(pairs, ([, name, value]) => [name, value]))
}

/** The value in the reply of CONFIG GET, which is a list of pairs, a Map or an object, by client and protocol. */
function valueIn(reply: unknown, name: string): string | undefined {
  if (typeof reply !== 'object' || reply === null) return undefined
  const value = Symbol.iterator in reply ? [...(reply as Iterable<unknown>)].flat()[1] : (reply as Record<string, unknown>)[name]
  return value === undefined ? undefined : readText(value)
}
