import { schemes } from 'countersign/schemes'
import type { Plugin } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { entries, root } from '../../tools/entries'
import { bundle, verifyGithub } from './bundle'

const alias = Object.fromEntries(entries.map(({ specifier, source }) => [specifier, source]))
/** What is loaded for its effect alone: a bundler leaves it out of the package, whose `sideEffects` names the source only. */
const left: Plugin = {
  name: 'left out',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /crypto\/quick$/ }, async ({ path, pluginData, ...options }) =>
      pluginData ? undefined : { ...(await resolve(path, { ...options, pluginData: true })), sideEffects: false },
    ),
}
const asInstalled = { alias, plugins: [left] }

it('verifies GitHub in 3 KiB of a browser’s script, and imports nothing', async () => {
  const { imports, bytes } = await bundle(verifyGithub, root, asInstalled)
  expect(imports).toEqual([])
  expect(bytes).toBeLessThanOrEqual(3 * 1024)
})

it('leaves out the providers and algorithms that nobody imports', async () => {
  const { inputs } = await bundle(verifyGithub, root, asInstalled)
  expect(inputs).toContain('src/schemes/github.ts')
  for (const other of ['src/schemes/stripe.ts', 'src/crypto/ed25519.ts', 'src/signing/sign.ts'])
    expect(inputs).not.toContain(other)
})

it('refuses a built-in module of Node', async () => {
  await expect(bundle(`export { createHmac } from 'node:crypto'`, root)).rejects.toThrow('node:crypto')
})

describe('a scheme brings its own and nobody else’s', async () => {
  const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const weigh = (code: string) => bundle(`import { verify } from 'countersign'; ${code}`, root, asInstalled)
  const alone = await weigh('console.log(verify)')

  /** What a scheme may weigh with `verify`, by the heaviest thing that it needs. */
  const limits: readonly (readonly [string, number])[] = [
    ['src/schemes/proofs/certificates.ts', 9000],
    ['src/crypto/jose.ts', 8500],
    ['src/schemes/proofs/http-signature.ts', 8500],
    ['src/crypto/rsa.ts', 7000],
    ['src/crypto/ecdsa.ts', 6500],
    ['src/crypto/ed25519.ts', 5500],
    ['src/schemes/proofs/', 4750],
    ['src/schemes/timing.ts', 3920],
    ['src/crypto/token.ts', 3300],
    ['src/crypto/keyed-digest.ts', 3300],
    ['src/schemes/meta.ts', 3200],
    ['', 3 * 1024],
  ]
  const weighed = await Promise.all(
    Object.keys(schemes).map(async (name) => {
      const { bytes, inputs, imports } = await weigh(
        `import { ${camel(name)} as scheme } from 'countersign/schemes'; console.log(verify, scheme)`,
      )
      const [, limit] = limits.find(([part]) =>
        inputs.some((path) => path.includes(part) && !path.endsWith('proofs/headers.ts')),
      ) ?? ['', 0]
      return { name, bytes, limit, inputs, imports }
    }),
  )

  it.each(weighed)('$name: $bytes bytes with `verify`, at most $limit', ({ bytes, limit, inputs, imports, name }) => {
    expect(imports).toEqual([])
    expect(bytes).toBeLessThanOrEqual(limit)
    expect(bytes).toBeGreaterThan(alone.bytes)
    const others = Object.keys(schemes).filter((other) => inputs.includes(`src/schemes/${other}.ts`) && other !== name)
    expect(others).toEqual(name === 'aws-sns-v1' ? ['aws-sns'] : [])
  })
})
