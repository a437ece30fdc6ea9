import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { root } from '../../tools/entries'
import { install, pack } from '../package/tarball'
import { freePort } from '../servers/redis'
import { vectors } from '../vectors/vectors'
import { bun, deno, nodes, workerd } from './binaries'
import type { Report } from './program'

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
        setup: ({ onResolve, resolve }) =>
          onResolve({ filter: /^countersign/ }, ({ path, kind, pluginData }) =>
            options.external
              ? { path, external: true }
              : pluginData === 'installed'
                ? undefined
                : resolve(path, { kind, resolveDir: consumer, pluginData: 'installed' }),
          ),
      },
    ],
    ...options,
    ...(options.external && { external: [] }),
  })
  return outfile
}

beforeAll(async () => {
  await install((await pack(folder)).tarball, consumer)
  // The package is found beside it, as a user's is.
  await bundleAs('console.log(JSON.stringify(await run()))', 'program.mjs', { platform: 'neutral', external: ['countersign'] })
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
    },
  )

  test.skipIf(!workerd && !process.env['CI']).each([
    ['with Node compatibility', '["nodejs_compat"]'],
    ['without', '[]'],
  ])('on workerd, %s', { timeout: 60_000 }, async (_, flags) => {
    await bundleAs('export default { fetch: async () => Response.json(await run()) }', 'worker.mjs', {
      platform: 'browser',
      conditions: ['workerd', 'worker'],
    })
    const port = await freePort()
    const config = `${consumer}/worker-${flags.length}.capnp`
    writeFileSync(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-01-01", compatibilityFlags = ${flags}))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`,
    )
    const server = spawn(workerd ?? 'missing', ['serve', config], { stdio: 'ignore' })
    onTestFinished(() => void server.kill('SIGKILL'))
    await once(server, 'spawn')
    let response: Response | undefined
    while (!response && server.exitCode === null) response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    expectAll((await response?.json()) as Report)
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
