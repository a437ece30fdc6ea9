import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../tools/entries'
import { type Block, blocksOf } from './docs/blocks'
import { compile } from './docs/compile'
import { execute } from './docs/execute'

// Inside the project, so that the blocks find its packages.
mkdirSync(`${root}.cache`, { recursive: true })
const folder = mkdtempSync(`${root}.cache/docs-`)
afterAll(() => rmSync(folder, { recursive: true }))

const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter(
  (path) => path.endsWith('.md') && existsSync(root + path),
)
const all = documents.flatMap((path) => blocksOf(path, readFileSync(root + path, 'utf8')))
const excerpts = all.filter(({ from }) => from !== undefined)
const blocks = all.filter(({ from }) => from === undefined)
const pathOf = ({ place, language }: Block) => `${folder}/${place.replace(/\W/g, '-')}.${language}`

describe('the code in the documents', () => {
  const problems: string[] = []
  beforeAll(() => {
    for (const block of blocks) writeFileSync(pathOf(block), block.code)
    const places = new Map(blocks.map((block) => [pathOf(block), block.place]))
    for (const { path, line, message } of compile([...places.keys()])) problems.push(`${places.get(path)} +${line}: ${message}`)
  }, 60_000)

  it('is found', () => expect(blocks.filter(({ place }) => place.startsWith('README.md')).length).toBeGreaterThan(1))

  it('compiles', () => expect(problems).toEqual([]))

  it.each(blocks.map((block) => [block.place, block] as const))('runs: %s', { timeout: 60_000 }, async (_, block) => {
    await execute(block, pathOf(block).replace(/(\.\w+)$/, '.run$1'))
  })
})

describe('the code of examples in the documents', () => {
  it.each(excerpts.map(({ place, from = '', code }) => [place, from, code]))('%s is %s as it is', (_, from, code) => {
    expect(code).toBe(readFileSync(root + from, 'utf8'))
  })

  it('leaves no framework out', () => {
    const examples = readdirSync(`${root}examples/frameworks`).map((name) => `examples/frameworks/${name}`)
    expect(excerpts.map(({ from }) => from).sort()).toEqual(examples.sort())
  })
})

describe('the test of the documents', () => {
  const block = (code: string, drive?: Block['drive']): Block => ({ place: 'a.md:1', language: 'ts', code, drive })
  const run = (code: string, drive?: Block['drive']) => execute(block(code, drive), `${mkdtempSync(`${folder}/a-`)}/a.ts`)

  it('finds the blocks, their lines and who drives them', () => {
    const text = [
      'a',
      '```ts',
      'one',
      '```',
      '<!-- run: receiver {"scheme":',
      '"github"} -->',
      '',
      '```js',
      'two',
      '```',
      '```sh',
      'ls',
      '```',
      '<!-- from: examples/a.ts -->',
      '```ts',
      'three',
      '```',
    ]
    expect(blocksOf('a.md', text.join('\n'))).toEqual([
      { place: 'a.md:3', language: 'ts', code: 'one\n', drive: undefined },
      { place: 'a.md:9', language: 'js', code: 'two\n', drive: { name: 'receiver', options: { scheme: 'github' } } },
      { place: 'a.md:16', language: 'ts', code: 'three\n', drive: undefined, from: 'examples/a.ts' },
    ])
  })

  it('refuses a block that does not compile', { timeout: 60_000 }, () => {
    const path = `${folder}/wrong.ts`
    writeFileSync(path, `import { sign } from 'countersign'\n\nsign('github')\n`)
    expect(compile([path])).toEqual([{ path, line: 2, message: 'Expected 2 arguments, but got 1.' }])
  })

  it('refuses a block that fails', async () => {
    await expect(run(`throw new Error('it broke')`)).rejects.toThrow('it broke')
  })

  it('refuses a block that listens and that nobody drives', async () => {
    await expect(run(`import { createServer } from 'node:http'\ncreateServer().listen(3000)`)).rejects.toThrow(
      'The block listens',
    )
  })

  it.each([
    ['refuses whatever arrives', `new Response(null, { status: 401 })`],
    ['accepts whatever arrives', `new Response()`],
  ])('refuses a receiver that %s', async (_, answer) => {
    const code = `export const POST = () => ${answer}`
    await expect(run(code, { name: 'receiver', options: { scheme: 'github' } })).rejects.toThrow('to be')
  })

  it('refuses a sender that never sends', async () => {
    await expect(run('export {}', { name: 'sender', options: { scheme: 'github' } })).rejects.toThrow('to be greater than 0')
  })

  it('accepts a receiver that verifies', async () => {
    const code = `import { verify, VerificationError } from 'countersign'
      import { github } from 'countersign/schemes'
      export async function POST(request: Request) {
        const { headers } = request
        try {
          await verify(github, { secret: process.env['WEBHOOK_SECRET'] ?? '', headers, body: await request.arrayBuffer() })
          return new Response()
        } catch (error) {
          return new Response(null, { status: error instanceof VerificationError ? 401 : 500 })
        }
      }`
    await run(code, { name: 'receiver', options: { scheme: 'github' } })
  })

  it('accepts a sender that signs', async () => {
    const code = `import { sign } from 'countersign'
      import { stripe } from 'countersign/schemes'
      const body = '{}'
      const headers = await sign(stripe, { secret: process.env.SIGNING_SECRET ?? '', body })
      const { status } = await fetch('https://example.com/hooks', { method: 'POST', headers, body })
      console.log('answered', status)`
    const options = { scheme: 'stripe', replace: { 'https://example.com/hooks': 'ENDPOINT' }, prints: 'answered 200' }
    await run(code, { name: 'sender', options })
  })
})
