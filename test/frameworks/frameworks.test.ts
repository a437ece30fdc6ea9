import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { generateSecret } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { webhook } from 'countersign/node'
import { standardWebhooks } from 'countersign/schemes'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from '../../tools/entries'
import { listen } from '../adapters/mounts'
import { compile } from '../package/docs/compile'
import { deno } from '../runtimes/binaries'
import { build, installPackage, layOut } from './applications'
import { deliveries, type Shown, sendAll } from './deliveries'
import { type Framework, frameworks, isInstalled, packages } from './frameworks'
import { start } from './start'

const secret = generateSecret()
const sent = await deliveries(secret)
let folder = ''

/** What each is answered, and which events were handled. */
interface Told {
  readonly answers: Readonly<Record<string, Shown>>
  readonly handled: readonly string[]
}

/** The adapter for plain Node, which the cases of test/adapters hold to DESIGN's table. */
async function reference(): Promise<Told> {
  const handled: string[] = []
  const options = { scheme: standardWebhooks, secret, store: memoryStore() }
  const { url, close } = await listen(webhook(options, ({ id }) => void handled.push(String(id))))
  const answers = await sendAll(url, sent)
  await close()
  return { answers, handled }
}

if (!isInstalled) console.warn('SKIPPED: the frameworks are not here; `npm run frameworks` installs them, with newer runtimes.')

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

  describe('with types', () => {
    const typed = (names: readonly string[], options: Parameters<typeof compile>[1] = {}) =>
      compile(
        names.map((name) => layOut(folder, `typed ${name}`, frameworks[name] as Framework).example),
        options,
      )
    const apart = /^(Bun|Deno|Workers.*|Hono on (?!Node).*)$/

    test('of each framework', { timeout: 60_000 }, () =>
      expect(typed(Object.keys(frameworks).filter((name) => !apart.test(name)))).toEqual([]),
    )

    test('of Bun', { timeout: 60_000 }, () =>
      expect(typed(['Bun'], { types: ['bun'], typeRoots: [`${packages}/@types`] })).toEqual([]),
    )

    test('of Workers', { timeout: 60_000 }, () => {
      const types = [`${packages}/@cloudflare/workers-types`, `${root}test/frameworks/apps/workers/environment`]
      expect(typed(['Workers'], { types, lib: ['lib.es2024.d.ts'] })).toEqual([])
    })

    test('of Deno', { timeout: 60_000 }, async () => {
      const { folder: cwd, example } = layOut(folder, 'typed Deno', frameworks['Deno'] as Framework)
      await promisify(execFile)(deno ?? 'missing', ['check', example], { cwd })
    })
  })

  test.each(Object.entries(frameworks))('%s answers as Node does', { timeout: 120_000 }, async (name, framework) => {
    const { folder: application } = layOut(folder, name, framework)
    await build(application, framework.build)
    const { url, output } = await start(application, framework, secret)
    expect(await sendAll(`${url}/hooks`, sent, framework), output()).toEqual(expected.answers)
    await vi.waitFor(() => expect(handledOf(output())).toEqual(expected.handled))
  })
})

const handledOf = (output: string) => [...output.matchAll(/handled (msg_\w+)/g)].map(([, id]) => id)
