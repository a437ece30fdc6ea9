import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import type { Stage } from '../../examples/payments/story/stage'
import { startTimeline } from '../../examples/payments/story/timeline'
import { tryBrowser } from './browser'
import { tryStage } from './stage'

const browser = await tryBrowser()
const timeline = await startTimeline()
const stage =
  browser && (await tryStage({ schedule: [0.3, 0.6, 1, 2, 4], leaseSeconds: 1, processingMs: 700, timelineUrl: timeline.url }))
afterAll(async () => {
  await browser?.close()
  await stage?.close()
  await timeline.close()
})

describe.skipIf(!stage)('the page', { timeout: 20_000 }, () => {
  const { shop, provider, books } = stage ?? ({} as Stage)

  /** A new visitor. What the page complains of in the console is collected. */
  async function visit(options: BrowserContextOptions = {}, path = '/') {
    const context = await (browser as Browser).newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())))
    page.on('pageerror', (error) => void complaints.push(String(error)))
    return { context, page, complaints, open: () => page.goto(new URL(path, shop.url).href) }
  }
  const pay = (page: Page) => page.getByRole('button', { name: 'Pay €24.00' }).click()
  /** Soon: the page asks by itself after 15 seconds, which must not pass for the stream. */
  const status = (page: Page, name: string) =>
    page.getByRole('status').getByRole('heading', { name, exact: true }).waitFor({ timeout: 10_000 })

  it('turns from waiting to paid without a reload, over a live stream', async () => {
    const { context, page, complaints, open } = await visit()
    const { asked } = await countAsking(page)
    await open()
    await page.evaluate(() => Object.assign(window, { isTheSamePage: true }))
    await pay(page)
    await status(page, 'Waiting for payment…')
    await page.getByText('Live', { exact: true }).waitFor()
    const before = await asked()
    await status(page, 'Paid')

    expect(await page.evaluate(() => 'isTheSamePage' in window)).toBe(true)
    expect((await asked()) - before).toBe(1)
    expect(await page.title()).toBe('Paid · Plain Paper')
    expect(await books.ledgerRows(new URL(page.url()).pathname.split('/')[2] ?? '')).toBe(1)
    await page.reload()
    await status(page, 'Paid')
    await page.getByRole('button', { name: 'Buy another one' }).click()
    await page.getByRole('button', { name: 'Pay €24.00' }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  it('turns to paid by asking now and then, where the stream is cut off', async () => {
    const { context, page, open } = await visit()
    await page.route('**/events', (route) => route.abort())
    await open()
    await pay(page)
    await page.getByText('Asking every 2 seconds').waitFor()
    await status(page, 'Paid')
    await context.close()
  })

  it('turns to paid where the stream opens and then tells nothing', async () => {
    const { context, page, open } = await visit()
    await page.route('**/events', () => new Promise(() => {}))
    await open()
    await pay(page)
    await status(page, 'Waiting for payment…')
    await status(page, 'Paid')
    await context.close()
  })

  it('comes back to the stream after the shop was killed, and hears what it missed', async () => {
    const { context, page, open } = await visit()
    await open()
    await pay(page)
    await status(page, 'Waiting for payment…')
    await page.getByText('Live', { exact: true }).waitFor()
    await shop.kill()
    await page.getByText('Reconnecting…').waitFor()
    await shop.start()
    await status(page, 'Paid')
    await context.close()
  })

  it('says that a card was declined, and takes another', async () => {
    const { context, page, complaints, open } = await visit()
    await open()
    await page.getByRole('button', { name: 'Pay with a card that is declined' }).click()
    await status(page, 'Payment declined')
    await pay(page)
    await status(page, 'Paid')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('shows nobody else’s order', async () => {
    const owner = await visit()
    await owner.open()
    await pay(owner.page)
    await status(owner.page, 'Paid')
    const stranger = await visit({}, new URL(owner.page.url()).pathname)
    await stranger.open()
    await stranger.page.waitForURL(new URL('/', shop.url).href)
    await stranger.page.getByRole('button', { name: 'Pay €24.00' }).waitFor()
    await Promise.all([owner.context.close(), stranger.context.close()])
  })

  it('shows what happens behind the scenes', async () => {
    timeline.add({ kind: 'step', step: '1', title: 'A payment is delivered', text: 'Ada pays.' })
    timeline.add({ kind: 'attempt', step: '1', label: '200', tone: 'delivered', text: 'try 1: 200' })
    const { context, page, complaints, open } = await visit()
    await open()
    await page.getByRole('heading', { name: 'A payment is delivered' }).waitFor()
    await page.getByRole('listitem', { name: 'try 1: 200' }).waitFor()
    timeline.add({ kind: 'check', step: '1', holds: true, text: 'said while the page was open' })
    await page.getByText('said while the page was open').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  describe.for([
    { colorScheme: 'light', viewport: { width: 1280, height: 860 } },
    { colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
    { colorScheme: 'light', viewport: { width: 320, height: 640 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ] as const)('in $colorScheme, $viewport.width wide', (options) => {
    it('is legible and fits, before, while and after', async () => {
      const { context, page, complaints, open } = await visit(options)
      await open()
      const before = await page.evaluate(measure)
      await pay(page)
      await status(page, 'Waiting for payment…')
      const during = await page.evaluate(measure)
      await status(page, 'Paid')
      const after = await page.evaluate(measure)

      for (const { isDark, overflow, faint } of [before, during, after]) {
        expect(isDark).toBe(options.colorScheme === 'dark')
        expect(overflow).toBe(0)
        expect(faint).toEqual([])
      }
      expect(complaints).toEqual([])
      await context.close()
    })
  })

  it('is sent with a policy that lets nothing in from elsewhere', async () => {
    const policy = (await fetch(shop.url)).headers.get('content-security-policy') ?? ''
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).toContain(`connect-src 'self' ${new URL(timeline.url).origin};`)
    expect(policy).not.toContain('unsafe')
    expect(provider.url).not.toBe(shop.url)
  })
})

/** Counts inside the page, where a request counts from the moment it is made: news of it reaches us only some time later. */
async function countAsking(page: Page) {
  await page.addInitScript(() => {
    const { fetch } = window
    const own = Object.assign(window, { asked: 0 })
    window.fetch = (...given) => {
      if (/\/api\/orders\/[^/]+$/.test(String(given[0]))) own.asked++
      return fetch(...given)
    }
  })
  return { asked: () => page.evaluate(() => (window as unknown as { asked: number }).asked) }
}

/** In the page: whether it is dark, what sticks out, and the texts whose contrast is below 4.5 to 1. */
function measure() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!canvas) throw new Error('no canvas')
  const luminanceOver = (colours: readonly string[]) => {
    canvas.clearRect(0, 0, 1, 1)
    for (const colour of colours) {
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
    }
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const backgrounds = (element: Element | null): string[] =>
    element ? [...backgrounds(element.parentElement), getComputedStyle(element).backgroundColor] : []

  const faint: string[] = []
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())
    if (!hasText || !element.checkVisibility() || element.matches(':disabled')) continue
    const { color, opacity } = getComputedStyle(element)
    const behind = backgrounds(element)
    const under = luminanceOver(behind)
    canvas.globalAlpha = 1
    const [light, dark] = [luminanceOver([...behind, color]), under].sort((one, other) => other - one) as [number, number]
    const contrast = 1 + ((light + 0.05) / (dark + 0.05) - 1) * Number(opacity)
    if (contrast < 4.5) faint.push(`${element.textContent?.trim()}: ${contrast.toFixed(2)}`)
  }
  return {
    isDark: luminanceOver(backgrounds(document.body)) < 0.1,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    faint,
  }
}
