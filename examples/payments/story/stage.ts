import { generateSecret } from 'countersign'
import { openDatabase } from '../database/open'
import { type Books, openBooks } from './books'
import { type Provider, type ProviderSettings, startProvider } from './provider'
import { type Shop, startShop } from './shop'

/** Everything that the story plays with: a database, a provider and a shop, each a process of its own. */
export interface Stage {
  readonly shop: Shop
  readonly provider: Provider
  readonly books: Books
  /** What the shop and the provider share. */
  readonly secret: string
  readonly webhookUrl: string
  readonly database: { readonly url: string; readonly description: string }
  close(): Promise<void>
}

export interface StageSettings {
  readonly schedule: readonly number[]
  readonly leaseSeconds: number
  readonly processingMs?: number
  readonly heartbeatSeconds?: number
  readonly timelineUrl?: string
  readonly onAttempt?: ProviderSettings['onAttempt']
}

export async function openStage(settings: StageSettings): Promise<Stage> {
  const { schedule, leaseSeconds, processingMs = 0, heartbeatSeconds, timelineUrl, onAttempt } = settings
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer().catch(() => {})
  }
  try {
    const secret = generateSecret()
    const database = await openDatabase()
    closers.push(database.close)
    const provider = await startProvider({ databaseUrl: database.url, schedule, processingMs, onAttempt })
    closers.push(provider.stop)
    const { url: providerUrl, key: providerKey } = provider
    const shop = await startShop({
      databaseUrl: database.url,
      secret,
      providerUrl,
      providerKey,
      leaseSeconds,
      heartbeatSeconds,
      timelineUrl,
    })
    closers.push(() => shop.stop())
    const books = openBooks(database.url)
    closers.push(() => books.close())
    const webhookUrl = new URL('/webhooks/payments', shop.url).href
    await provider.register(webhookUrl, secret)
    return { shop, provider, books, secret, webhookUrl, database, close }
  } catch (error) {
    await close()
    throw error
  }
}
