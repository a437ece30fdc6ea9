import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { EdgeVM } from '@edge-runtime/vm'
import { memoryStore } from 'countersign/idempotency'
import { schemes } from 'countersign/schemes'
import { storeContract } from 'countersign/testing'
import { type BuildOptions, build } from 'esbuild'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { root } from '../../tools/entries'
import { install, pack } from '../package/tarball'
import { vectors } from '../vectors/vectors'
import { bun, deno, nodes, workerd } from './binaries'
import type { Report } from './program'
import { startWorker } from './workerd'

const folder = mkdtempSync(`${tmpdir()}/countersign-runtimes-`)
const consumer = `${folder}/consumer`
afterAll(() => rmSync(folder, { recursive: true }))

/** The program as one file, with the package of the tarball in it or beside it. */
async function bundleAs(contents: string, name: string, options: BuildOptions): Promise<string> {
  const outfile = `${consumer}/${name}`
  await build({
    stdin: { contents: `import { run } from '${root}test/runtimes/program'\n${contents}`, resolveDir: consumer, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'installed',
        setup: ({ onResolve, resolve }) => {
          onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true }))
          onResolve({ filter: /^countersign/ }, ({ path, kind, pluginData }) =>
            options.external
              ? { path, external: true }
              : pluginData === 'installed'
                ? undefined
                : resolve(path, { kind, resolveDir: consumer, pluginData: 'installed' }),
          )
        },
      },
    ],
    ...options,
    ...(options.external && { external: [] }),
  })
  return outfile
}

const importHeard = `import { heard } from '${root}test/runtimes/diagnostics'`

beforeAll(async () => {
  await install((await pack(folder)).tarball, consumer)
  // The package is found beside it, as a user's is.
  const beside = { platform: 'neutral' as const, external: ['countersign'] }
  await bundleAs('console.log(JSON.stringify(await run()))', 'program.mjs', beside)
  await bundleAs(`${importHeard}\nconsole.log(JSON.stringify(await heard()))`, 'diagnostics.mjs', beside)
}, 180_000)

function expectAll(report: Report) {
  expect(report.failures).toEqual([])
  const laws = storeContract(() => memoryStore()).length
  expect(report).toMatchObject({ vectors: vectors.filter(({ scheme }) => schemes[scheme]).length, answers: 14, laws })
}

const programs: readonly (readonly [string, string | undefined, readonly string[]])[] = [
  [`Node ${process.versions.node}`, process.execPath, []],
  ...Object.entries(nodes).map(([version, path]) => [`Node ${version}`, path, []] as const),
  ['Bun', bun, ['run']],
  ['Deno', deno, ['run', '--no-prompt', '--no-lock', '--allow-read', '--allow-env']],
]

// Loudly, where there is a runtime less; under CI that is a failure.
for (const [name] of programs.filter(([, path]) => path === undefined))
  test.skipIf(!process.env['CI'])(`there is ${name}`, () => expect.fail('npm ci --prefix test/runtimes'))

describe('the same answers', () => {
  test.skipIf(false).each(programs.filter(([, path]) => path !== undefined || process.env['CI']))(
    'on %s',
    { timeout: 60_000 },
    async (_, path, flags) => {
      const { stdout } = await promisify(execFile)(path ?? 'missing', [...flags, 'program.mjs'], { cwd: consumer })
      expectAll(JSON.parse(stdout))
      const { stdout: heard } = await promisify(execFile)(path ?? 'missing', [...flags, 'diagnostics.mjs'], { cwd: consumer })
      expect(JSON.parse(heard)).toEqual(['verified', 'executed'])
    },
  )

  test.skipIf(!workerd && !process.env['CI']).each([
    ['with Node compatibility', ['nodejs_compat']],
    ['without', []],
  ])('on workerd, %s', { timeout: 60_000 }, async (_, flags) => {
    const plain = 'export default { fetch: async () => Response.json(await run()) }'
    const compatible = `${importHeard}\nexport default { fetch: async () => Response.json({ ...(await run()), heard: await heard() }) }`
    await bundleAs(flags.length === 0 ? plain : compatible, 'worker.mjs', {
      platform: 'browser',
      conditions: ['workerd', 'worker'],
    })
    const worker = await startWorker(consumer, 'worker.mjs', { flags })
    onTestFinished(() => void worker.process.kill('SIGKILL'))
    const report = (await (await fetch(worker.url)).json()) as Report & { heard?: string[] }
    expectAll(report)
    expect(report.heard).toEqual(flags.length === 0 ? undefined : ['verified', 'executed'])
  })

  test('in an edge VM', { timeout: 60_000 }, async () => {
    const file = await bundleAs('globalThis.report = run()', 'edge.js', { platform: 'browser', format: 'iife' })
    const vm = new EdgeVM()
    vm.evaluate(readFileSync(file, 'utf8'))
    expectAll((await (vm.context as unknown as { report: Promise<Report> }).report) as Report)
  })

  const browser = '/usr/bin/chromium'
  test.skipIf(!existsSync(browser) && !process.env['CI'])('in a browser', { timeout: 60_000 }, async () => {
    const file = await bundleAs('globalThis.report = run()', 'page.js', { platform: 'browser', format: 'iife' })
    // A page of localhost, where Web Crypto is.
    const server = createServer((request, response) => {
      if (request.url === '/page.js') createReadStream(file).pipe(response)
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script src="/page.js"></script>')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const opened = await chromium.launch({
      executablePath: browser,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    onTestFinished(async () => {
      await opened.close()
      server.close()
    })
    const page = await opened.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expectAll(await page.evaluate(() => (globalThis as unknown as { report: Promise<Report> }).report))
  })
})

test.skipIf(!workerd && !process.env['CI'])(
  'workerd stays awake for what goes on after the answer',
  { timeout: 60_000 },
  async () => {
    await bundleAs(`export { default } from '${root}test/runtimes/background'`, 'background.mjs', { platform: 'browser' })
    const worker = await startWorker(consumer, 'background.mjs')
    onTestFinished(() => void worker.process.kill('SIGKILL'))
    const swept = async () => (await fetch(`${worker.url}/swept`)).json()
    expect(await swept()).toBe(false)
    expect((await fetch(`${worker.url}/hooks`)).status).toBe(200)
    await vi.waitFor(async () => expect(await swept()).toBe(true))
  },
)
