import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { generateSecret } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { webhook } from 'countersign/node'
import { standardWebhooks } from 'countersign/schemes'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { root } from '../../tools/entries'
import { listen } from '../adapters/mounts'
import { build, installPackage, layOut, start } from './applications'
import { deliveries, type Shown, send } from './deliveries'
import { frameworks, isInstalled } from './frameworks'

const secret = generateSecret()
const sent = Object.entries(await deliveries(secret))
let folder = ''

/** What each is answered, and which events were handled. */
interface Told {
  readonly answers: Readonly<Record<string, Shown>>
  readonly handled: readonly string[]
}

async function tell(url: string, adds: readonly string[] = []): Promise<Record<string, Shown>> {
  const answers: Record<string, Shown> = {}
  for (const [name, request] of sent)
    answers[name] = await send(url, request, adds).catch((cause) => {
      throw new Error(`No answer to ${name}`, { cause })
    })
  return answers
}

/** The adapter for plain Node, which the cases of test/adapters hold to DESIGN's table. */
async function reference(): Promise<Told> {
  const handled: string[] = []
  const options = { scheme: standardWebhooks, secret, store: memoryStore() }
  const { url, close } = await listen(webhook(options, ({ id }) => void handled.push(String(id))))
  const answers = await tell(url)
  await close()
  return { answers, handled }
}

describe.skipIf(!isInstalled && !process.env['CI'])('mounted as its example says', () => {
  let expected: Told

  beforeAll(async () => {
    // Inside the folder of their packages, so that applications find them.
    mkdirSync(`${root}test/frameworks/.cache`, { recursive: true })
    folder = mkdtempSync(`${root}test/frameworks/.cache/`)
    await installPackage(folder)
    expected = await reference()
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  test('the reference tells a delivery from the same again, a forgery and what is too much', () => {
    expect(Object.values(expected.answers).map(({ status }) => status)).toEqual([
      200, 200, 401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 413, 415, 405, 200,
    ])
    expect(expected.answers['the same again']?.headers).toEqual({ 'idempotent-replayed': 'true' })
    expect(expected.handled).toHaveLength(9)
  })

  test.each(Object.entries(frameworks))('%s answers as Node does', { timeout: 120_000 }, async (name, framework) => {
    const application = layOut(folder, name, framework)
    await build(application, framework.build)
    const { url, output, stop } = await start(application, framework, secret)
    onTestFinished(stop)
    expect(await tell(`${url}/hooks`, framework.adds), output()).toEqual(expected.answers)
    await vi.waitFor(() => expect(handledOf(output())).toEqual(expected.handled))
  })
})

const handledOf = (output: string) => [...output.matchAll(/handled (msg_\w+)/g)].map(([, id]) => id)
