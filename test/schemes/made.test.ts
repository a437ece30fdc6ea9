import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { sign, verify } from 'countersign'
import { schemes } from 'countersign/schemes'
import { afterAll, expect, it } from 'vitest'
import { root } from '../../tools/entries'
import { made, makeIndex } from '../../tools/schemes'

const read = (path: string) => readFileSync(root + path, 'utf8')
/** As `npm run schemes` formats it. */
const formatted = (path: string, input: string) =>
  execFileSync(`${root}node_modules/.bin/biome`, ['check', '--write', `--stdin-file-path=${path}`], {
    input,
    encoding: 'utf8',
    cwd: root,
  })

it('src/schemes/index.ts is what `npm run schemes` makes', () => {
  const path = 'src/schemes/index.ts'
  expect(read(path)).toBe(formatted(path, makeIndex()))
})

it.each(Object.entries(made))('%s is what `npm run schemes` makes', (path, make) => {
  expect(read(path)).toBe(make(schemes))
})

mkdirSync(`${root}.cache`, { recursive: true })
const folder = mkdtempSync(`${root}.cache/provider-`)
afterAll(() => rmSync(folder, { recursive: true }))

it('the worked example of CONTRIBUTING.md is a scheme', async () => {
  const [, code = ''] = /## A provider, for example[\s\S]*?```mts\n([\s\S]*?)```/.exec(read('CONTRIBUTING.md')) ?? []
  writeFileSync(`${folder}/acme-pay.ts`, code.replaceAll("from './", `from '${root}src/schemes/`))
  const { acmePay } = await import(/* @vite-ignore */ pathToFileURL(`${folder}/acme-pay.ts`).href)
  const [secret, body, time] = ['a secret', '{"id":"evt_1"}', 1_700_000_000]
  const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  const headers = { 'acme-signature': `t=${time},v1=${mac}` }
  const now = new Date(time * 1000)
  expect(await sign(acmePay, { secret, body, timestamp: now })).toEqual(headers)
  await expect(verify(acmePay, { secret, headers, body, now })).resolves.toMatchObject({ scheme: 'acme-pay' })
})
