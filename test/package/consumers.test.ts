import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entries, root } from '../../tools/entries'
import { newerNode } from '../runtimes/binaries'
import { bundle, verifyGithub } from './bundle'
import { bytesByKind, findStrays } from './contents'
import { install, pack } from './tarball'

const execute = promisify(execFile)
// Outside the project: nothing of the project's own packages is in reach.
const folder = mkdtempSync(`${tmpdir()}/countersign-consumers-`)
const consumer = `${folder}/consumer`
const installed = `${consumer}/node_modules/countersign`
let names: readonly string[] = []

beforeAll(async () => {
  const packed = await pack(folder)
  names = packed.names
  await install(packed.tarball, consumer)
  cpSync(`${root}test/package/consumers`, consumer, { recursive: true })
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe('the tarball', () => {
  it('holds the build, the licence and the README, and nothing else', () => {
    const documents = ['LICENSE', 'README.md', 'package.json']
    const builds = entries.flatMap(({ stem }) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `dist/${stem}.${end}`))
    const expected = [...documents, ...builds, 'dist/crypto/quick.js', 'dist/crypto/quick.cjs']
    // What entries share has names that change with what is in it. There is a changelog from the first release on.
    const isShared = (name: string) => /^dist\/(chunk-[A-Z0-9]{8}\.c?js|[\w-]+-[\w-]{8}\.d\.cts)$/.test(name)
    expect(names.filter((name) => !isShared(name) && name !== 'CHANGELOG.md')).toEqual(expected.sort())
  })

  // A tenth above what it was when it was last looked at; docs/releasing.md says what stands in the way of less.
  it.each([
    ['js', 490],
    ['cjs', 440],
    ['d.cts', 167],
    ['d.ts', 1],
    ['all', 1100],
  ])('unpacks to little: %s to at most %i kB', (kind, limit) => {
    expect(bytesByKind(installed)[kind]).toBeLessThanOrEqual(limit * 1000)
  })

  it('names no machine, no registry and no map, and gives nothing away', () => expect(findStrays(installed)).toEqual([]))

  it('which this would find out', () => {
    const strays = [
      `at ${root}src/index.ts`,
      `file://${tmpdir()}/a`,
      'C:\\\\Users\\\\somebody',
      '/home/somebody/.npmrc',
      '//# sourceMappingURL=index.js.map',
      "import { it } from 'vitest'",
      'https://registry.example/a/-/a-1.0.0.tgz',
      `npm_${'a1B2'.repeat(9)}`,
      `-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI`,
      `whsec_${'a1B2'.repeat(8)}`,
    ]
    mkdirSync(`${folder}/strays`)
    for (const [at, stray] of strays.entries()) writeFileSync(`${folder}/strays/${at}.js`, stray)
    expect(findStrays(`${folder}/strays`).map((line) => Number.parseInt(line, 10))).toEqual([...strays.keys()])
  })

  it('installs without any other package', () => {
    expect(readdirSync(`${consumer}/node_modules`).filter((name) => !name.startsWith('.'))).toEqual(['countersign'])
  })
})

it('bundles `verify` of GitHub into 3 KiB for a browser, and imports nothing', async () => {
  const { imports, bytes } = await bundle(verifyGithub, consumer)
  expect(imports).toEqual([])
  expect(bytes).toBeLessThanOrEqual(3 * 1024)
})

const runtimes = [
  { name: `this Node, ${process.version}`, path: process.execPath },
  { name: 'a newer Node', path: newerNode },
]

describe.each(runtimes)('on $name', ({ path }) => {
  if (!path && !process.env['CI']) console.warn('Skipped: no newer Node. Install it with `npm ci --prefix test/runtimes`.')

  it.skipIf(!path && !process.env['CI']).each(['esm.mjs', 'cjs.cjs', 'both.mjs'])(
    '%s runs',
    { timeout: 30_000 },
    async (file) => {
      if (!path) throw new Error('Expected a newer Node: `npm ci --prefix test/runtimes` installs it')
      const { stderr } = await execute(path, [file], { cwd: consumer, timeout: 20_000 })
      expect(stderr).toBe('')
    },
  )
})

describe('strict TypeScript', () => {
  const compile = async (name: string, files: readonly string[], compilerOptions: Readonly<Record<string, unknown>>) => {
    const shared = { target: 'es2022', strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true }
    writeFileSync(
      `${consumer}/tsconfig.${name}.json`,
      JSON.stringify({ compilerOptions: { ...shared, ...compilerOptions }, files }),
    )
    const tsc = `${root}node_modules/typescript/bin/tsc`
    return execute(process.execPath, [tsc, '-p', `tsconfig.${name}.json`], { cwd: consumer }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
  }
  const bundler = { module: 'esnext', moduleResolution: 'bundler' }
  const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }

  it.each([
    ['bundler', bundler],
    ['nodenext', nodenext],
  ])('compiles without any other types: %s', { timeout: 120_000 }, async (name, options) => {
    const compilerOptions = { ...options, types: [], lib: ['es2022', 'dom', 'dom.iterable'] }
    expect(await compile(`everywhere-${name}`, ['everywhere.ts'], compilerOptions)).toBe('')
  })

  describe('with the types of frameworks and drivers', () => {
    beforeAll(() => {
      for (const name of ['@types', 'express', 'fastify', 'pg', 'undici-types', 'zod']) {
        symlinkSync(`${root}node_modules/${name}`, `${consumer}/node_modules/${name}`)
      }
      cpSync(`${consumer}/strict.ts`, `${consumer}/strict.cts`)
    })

    it.each([
      ['bundler', bundler, ['strict.ts']],
      ['nodenext', nodenext, ['strict.ts', 'strict.cts']],
    ])('compiles: %s', { timeout: 120_000 }, async (name, options, files) => {
      const compilerOptions = { ...options, types: ['node'], lib: ['es2023'], esModuleInterop: true }
      expect(await compile(`strict-${name}`, files, compilerOptions)).toBe('')
    })
  })
})
