import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { placeOrder } from '../../examples/payments/story/shopper'
import type { Stage } from '../../examples/payments/story/stage'
import { readEvents } from './events'
import { tryStage } from './stage'

/** More tries than a slow machine needs to be killed and started ten times: here no event is to be given up. */
const schedule = [0.3, 0.6, ...Array.from({ length: 60 }, () => 1)]
const stage = await tryStage({ schedule, leaseSeconds: 1, heartbeatSeconds: 0.2 })
afterAll(() => stage?.close())

/** Small, seedable, and good enough to choose moments. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe.skipIf(!stage)('the shop', () => {
  const { shop, provider, books, database } = stage ?? ({} as Stage)

  it('loses no order and is paid for none twice, killed with SIGKILL at ten random moments', { timeout: 60_000 }, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    const random = mulberry32(seed)
    const paid: { order: string; event: string }[] = []
    const moments: number[] = []

    for (let round = 0; round < 10; round++) {
      const orders = await Promise.all(Array.from({ length: 8 }, () => placeOrder(shop.url)))
      const payments = orders.map(async (order) => paid.push({ order: order.id, event: await provider.pay(order) }))
      const moment = Math.round(random() * 80)
      moments.push(moment)
      await delay(moment)
      await shop.kill()
      await Promise.all(payments)
      await shop.start()
    }
    const deliveries = (await Promise.all(paid.map(({ event }) => provider.settled(event)))).flat()
    expect(deliveries.filter(({ status }) => status !== 'delivered')).toEqual([])
    // Acknowledged is not handled: what was cut off is handled again when its lease has ended.
    const isPaid = async ({ order }: { order: string }) => (await books.statusOf(order)) === 'paid'
    const allPaid = async () => (await Promise.all(paid.map(isPaid))).every(Boolean)
    await expect.poll(allPaid, { timeout: 20_000, interval: 100, message: `seed ${seed}` }).toBe(true)

    const cutOff = paid.filter(({ event }) => shop.observed(event).some(({ attempt = 1 }) => attempt > 1)).length
    console.info(
      `seed ${seed}: killed after ${moments.join(', ')} ms; ${paid.length} payments, ${cutOff} of them cut off after the claim`,
    )
    for (const { order, event } of paid) {
      expect(await books.ledgerRows(order), `ledger rows of ${order}, ${event}, seed ${seed}`).toBe(1)
      expect(await books.statusOf(order)).toBe('paid')
    }
  })

  it('answers a page only for the shopper whose order it is', async () => {
    const order = await placeOrder(shop.url)
    const other = await placeOrder(shop.url)
    const [name, signature] = order.shopper.cookie.split('.')
    const url = new URL(`/api/orders/${order.id}`, shop.url).href
    const strangers = [
      undefined,
      other.shopper.cookie,
      name,
      `${name}.${signature?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `${name}.`,
    ]

    for (const path of ['', '/events']) {
      for (const cookie of strangers) {
        const response = await fetch(url + path, { headers: cookie === undefined ? {} : { cookie } })
        expect(response.status, `${cookie} asking for ${path || 'the order'}`).toBe(404)
      }
    }
    expect((await fetch(`${url}/pay`, { method: 'POST', headers: { cookie: other.shopper.cookie } })).status).toBe(404)
    expect((await order.shopper.see(order.id)).status).toBe(200)
  })

  describe('the stream of an order', () => {
    const stream = (order: { id: string; shopper: { cookie: string } }, lastEventId?: string) =>
      readEvents(new URL(`/api/orders/${order.id}/events`, shop.url), {
        cookie: order.shopper.cookie,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      })

    it('tells { type, id } and no more, with ids that only grow', async () => {
      const order = await placeOrder(shop.url)
      const events = await stream(order)
      await fetch(new URL(`/api/orders/${order.id}/pay`, shop.url), { method: 'POST', headers: { cookie: order.shopper.cookie } })
      const [waiting, paid] = [await events.next(), await events.next()]
      await events.close()

      expect(waiting.data).toEqual({ type: 'order.waiting', id: order.id })
      expect(paid.data).toEqual({ type: 'order.paid', id: order.id })
      expect(Number(paid.id)).toBeGreaterThan(Number(waiting.id))
    })

    it('resumes after Last-Event-ID, also when the shop was killed in between', async () => {
      const order = await placeOrder(shop.url)
      await fetch(new URL(`/api/orders/${order.id}/pay`, shop.url), { method: 'POST', headers: { cookie: order.shopper.cookie } })
      const before = await stream(order)
      const waiting = await before.next()
      await before.close()
      await shop.kill()
      await shop.start()

      const after = await stream(order, waiting.id)
      const paid = await after.next()
      await after.close()
      expect(paid.data).toEqual({ type: 'order.paid', id: order.id })
      const again = await stream(order, paid.id)
      expect(await again.nextOrHeartbeat()).toBe('heartbeat')
      await again.close()
    })

    it.for(['', 'x', '-1', '99999999999999999999999', "1' or 1=1"])(
      'begins anew for the id %j, which it never gave',
      async (id) => {
        const order = await placeOrder(shop.url)
        await provider.pay(order)
        await expect.poll(() => books.statusOf(order.id), { timeout: 10_000 }).toBe('paid')
        const events = await stream(order, id)
        expect((await events.next()).data).toEqual({ type: 'order.paid', id: order.id })
        await events.close()
      },
    )

    it('tells whoever missed too much to look again, once', async () => {
      const order = await placeOrder(shop.url)
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      await client.query(`insert into notices (order_id, type) select $1, 'order.waiting' from generate_series(1, 60)`, [
        order.id,
      ])
      await client.end()

      const events = await stream(order)
      expect((await events.next()).data).toEqual({ type: 'order.changed', id: order.id })
      expect(await events.nextOrHeartbeat()).toBe('heartbeat')
      await events.close()
    })
  })
})

describe.skipIf(!stage)('the demo', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))

  const folders: string[] = []
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  function startDemo(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
    folders.push(folder)
    chmodSync(folder, 0o755)
    const mark = randomUUID()
    const child = spawn(process.execPath, ['--import', 'tsx', 'examples/payments/demo.ts', ...flags], {
      cwd: root,
      env: { ...process.env, TMPDIR: folder, DEMO_MARK: mark, ...env },
    })
    let text = ''
    for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (chunk) => void (text += chunk))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    return {
      child,
      ended,
      text: () => text,
      async says(what: string) {
        while (!text.includes(what))
          await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(text)))])
      },
      /** Nothing is left: no process, no file. tsx keeps a cache there, which is its own. */
      async expectNothingLeft() {
        await expect.poll(() => processesWith(mark), { timeout: 5000 }).toEqual([])
        expect(readdirSync(folder).filter((name) => name.startsWith('countersign-'))).toEqual([])
      },
    }
  }

  /** Only Linux tells what the environment of another process is. */
  function processesWith(mark: string): readonly string[] {
    if (process.platform !== 'linux') return []
    return readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
      } catch {
        return false
      }
    })
  }

  it('--once holds all that it promises, exits 0 and leaves nothing behind', { timeout: 90_000 }, async () => {
    const demo = startDemo(['--once'])
    expect(await demo.ended, demo.text()).toBe(0)
    expect(demo.text()).toContain('Everything held')
    expect(demo.text()).not.toContain('✗')
    expect(demo.text()).not.toContain('\x1b')
    await demo.expectNothingLeft()
  })

  it('--once exits 1 and says what to do when there is no database', { timeout: 20_000 }, async () => {
    const demo = startDemo(['--once'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    expect(await demo.ended).toBe(1)
    expect(demo.text()).toContain('DATABASE_URL')
    await demo.expectNothingLeft()
  })

  it.for(['SIGINT', 'SIGKILL'] as const)('takes everything with it on %s', { timeout: 30_000 }, async (signal) => {
    const demo = startDemo([])
    await demo.says('try 1')
    demo.child.kill(signal)
    expect(await demo.ended).toBe(signal === 'SIGINT' ? 0 : null)
    await demo.expectNothingLeft()
  })
})
