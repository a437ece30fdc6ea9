import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type DemoProcess, startProcess } from './process'

/** The shop's backend as the story sees it: it can be stopped, killed and started again, at the same address. */
export interface Shop {
  readonly url: string
  readonly pid: number
  /** What its receiver observed of an event, over all its lives. */
  observed(event: string): readonly Observed[]
  /** The same for requests that were refused, the latest last: they have no event that could be trusted. */
  rejected(): readonly Observed[]
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** An observation as the shop logs it. */
export interface Observed {
  readonly outcome: string
  readonly id?: string
  readonly code?: string
  readonly attempt?: number
  /** What the inbox said. */
  readonly put?: string
}

export interface ShopSettings {
  readonly databaseUrl: string
  readonly secret: string
  readonly providerUrl: string
  readonly providerKey: string
  readonly leaseSeconds: number
  readonly heartbeatSeconds?: number | undefined
  readonly timelineUrl?: string | undefined
}

export async function startShop(settings: ShopSettings): Promise<Shop> {
  const file = fileURLToPath(new URL('../shop/main.ts', import.meta.url))
  const observations: Observed[] = []
  const env = {
    DATABASE_URL: settings.databaseUrl,
    WEBHOOK_SECRET: settings.secret,
    PROVIDER_URL: settings.providerUrl,
    PROVIDER_KEY: settings.providerKey,
    LEASE_SECONDS: String(settings.leaseSeconds),
    COOKIE_KEY: randomBytes(32).toString('base64url'),
    HEARTBEAT_SECONDS: String(settings.heartbeatSeconds ?? 15),
    ...(settings.timelineUrl === undefined ? {} : { TIMELINE_URL: settings.timelineUrl }),
  }
  const run = (port: string) =>
    startProcess('the shop', file, { ...env, LISTEN_PORT: port }, (line) => {
      if (line['observed']) observations.push(line['observed'] as Observed)
    })

  let process: DemoProcess = run('0')
  const url = await process.listening
  return {
    url,
    observed: (event) => observations.filter(({ id }) => id === event),
    rejected: () => observations.filter(({ outcome }) => outcome === 'rejected'),
    get pid() {
      return process.pid
    },
    async start() {
      process = run(new URL(url).port)
      await process.listening
    },
    stop: () => process.stop(),
    kill: () => process.kill(),
  }
}
