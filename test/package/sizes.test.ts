import { expect, it } from 'vitest'
import { entries, root } from '../../tools/entries'
import { bundle, verifyGithub } from './bundle'

const alias = Object.fromEntries(entries.map(({ specifier, source }) => [specifier, source]))

it('verifies GitHub in 3 KiB of a browser’s script, and imports nothing', async () => {
  const { imports, bytes } = await bundle(verifyGithub, root, { alias })
  expect(imports).toEqual([])
  expect(bytes).toBeLessThanOrEqual(3 * 1024)
})

it('leaves out the providers and algorithms that nobody imports', async () => {
  const { inputs } = await bundle(verifyGithub, root, { alias })
  expect(inputs).toContain('src/schemes/github.ts')
  for (const other of ['src/schemes/stripe.ts', 'src/crypto/ed25519.ts', 'src/signing/sign.ts'])
    expect(inputs).not.toContain(other)
})

it('refuses a built-in module of Node', async () => {
  await expect(bundle(`export { createHmac } from 'node:crypto'`, root)).rejects.toThrow('node:crypto')
})
