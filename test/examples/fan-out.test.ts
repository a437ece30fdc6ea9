import { afterAll, expect, test, vi } from 'vitest'
import { openStage } from '../../examples/fan-out/stage'
import { tryBrowser } from './browser'

const stage = await openStage(3).catch((error) => {
  if (process.env['CI']) throw error
  console.warn('SKIPPED, for want of a database:', error)
})
const browser = stage && (await tryBrowser())
afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

test.skipIf(!browser)(
  'a page shows once what any receiver was sent, also when one of them is killed',
  { timeout: 30_000 },
  async () => {
    if (!stage || !browser) return
    const { urls, send, receivers } = stage
    const pages = await Promise.all(
      urls.slice(0, 2).map(async (url) => {
        const page = await browser.newPage()
        await page.goto(url)
        return page
      }),
    )
    const counts = () => Promise.all(pages.map((page) => page.textContent('#count')))
    const ids = Array.from({ length: 9 }, (_, index) => `msg_${index}`)
    const answers = ids.flatMap((id, index) => [send(urls[index % 3] ?? '', id), send(urls[(index + 1) % 3] ?? '', id)])
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]))
    // Acknowledged, and perhaps in its hands: the others take over.
    await receivers[2]?.kill()
    await vi.waitFor(async () => expect(await counts()).toEqual(['9', '9']), 10_000)
    expect(await send(urls[0] ?? '', 'msg_0')).toBe(200)
    expect(await send(urls[1] ?? '', 'msg_last')).toBe(200)
    await vi.waitFor(async () => expect(await counts()).toEqual(['10', '10']), 10_000)
    const late = await browser.newPage()
    await late.goto(urls[0] ?? '')
    await vi.waitFor(async () => expect(await late.textContent('#count')).toBe('10'), 10_000)
    const shown = (await late.locator('#events li').allTextContents()).map((text) => Number.parseInt(text, 10))
    expect(shown).toEqual(shown.toSorted((left, right) => right - left))
    if (process.env['PICTURE']) await pages[0]?.screenshot({ path: process.env['PICTURE'] })
  },
)
