import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../../tools/entries'

// Inside the project, so that the runs find vitest.
mkdirSync(`${root}.cache`, { recursive: true })
const folder = mkdtempSync(`${root}.cache/reporter-`)
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a test file under the reporter; gives the exit code and the lines that it printed. */
async function run(name: string, test: string, flags: readonly string[] = []) {
  const path = `${folder}/${name}`
  mkdirSync(path)
  writeFileSync(`${path}/partly-run.ts`, 'if (Date.now() < 0) {\n  throw new Error("a")\n}\nexport {}\n')
  writeFileSync(`${path}/a.test.ts`, `import { beforeAll, describe, expect, it } from 'vitest'\n${test}`)
  const config = `import { closingLine } from '${root}tools/reporter.ts'
    export default { test: { reporters: ['default', closingLine()], coverage: { include: ['partly-run.ts'], reporter: 'text' } } }`
  writeFileSync(`${path}/vitest.config.ts`, config)
  const child = spawn(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', '--root', path, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, CI: '' },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  return { code: Number(code), lastLine: output.trimEnd().split('\n').at(-1) }
}

describe.concurrent('the closing line', { timeout: 60_000 }, () => {
  it.each([
    [
      'passes',
      'it("a", () => {}); it.skip("b", () => {}); it.todo("c"); it("d", (context) => context.skip())',
      0,
      '1 passed, 0 failed, 3 skipped',
    ],
    ['fails', 'it("a", () => {}); it("b", () => expect(1).toBe(2))', 1, '1 passed, 1 failed, 0 skipped'],
    ['does-not-load', 'import "./absent"; it("a", () => {})', 1, '0 passed, 1 failed, 0 skipped'],
    ['has-no-test', 'export const a = 1', 1, '0 passed, 1 failed, 0 skipped'],
    [
      'hook',
      'describe("a", () => { beforeAll(() => { throw new Error("b") }); it("c", () => {}) })',
      1,
      '0 passed, 1 failed, 1 skipped',
    ],
    ['unhandled', 'it("a", () => { Promise.reject(new Error("b")) })', 1, '1 passed, 1 failed, 0 skipped'],
    ['expected-failure', 'it.fails("a", () => { throw new Error("b") })', 0, '1 passed, 0 failed, 0 skipped'],
  ])('counts a run that %s', async (name, test, code, lastLine) => {
    expect(await run(name, test)).toEqual({ code, lastLine })
  })

  it('comes after the coverage, and counts a missed threshold', async () => {
    const flags = ['--coverage', '--coverage.thresholds.lines=100']
    const test = 'import "./partly-run"; it("a", () => {})'
    expect(await run('coverage', test, flags)).toEqual({ code: 1, lastLine: '1 passed, 1 failed, 0 skipped' })
  })

  it('counts a run that finds no test', async () => {
    expect(await run('finds-none', '', ['--dir', `${root}tools`])).toEqual({ code: 1, lastLine: '0 passed, 1 failed, 0 skipped' })
  })
})
