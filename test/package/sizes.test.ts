import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { entries, root } from '../../tools/entries'

/** One file for a browser, as a user's bundler makes it of the sources. */
async function bundle(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    alias: Object.fromEntries(entries.map(({ specifier, source }) => [specifier, source])),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const [file] = outputFiles
  if (!output || !file) throw new Error('esbuild made no file')
  return {
    imports: output.imports.map(({ path }) => path),
    inputs: Object.keys(output.inputs),
    bytes: brotliCompressSync(file.contents).length,
  }
}

it('verifies GitHub in 3 KiB of a browser’s script, and imports nothing', async () => {
  const { imports, bytes } = await bundle(`export { verify } from 'countersign'; export { github } from 'countersign/schemes'`)
  expect(imports).toEqual([])
  expect(bytes).toBeLessThanOrEqual(3 * 1024)
})

it('leaves out the providers and algorithms that nobody imports', async () => {
  const { inputs } = await bundle(`export { verify } from 'countersign'; export { github } from 'countersign/schemes'`)
  expect(inputs).toContain('src/schemes/github.ts')
  for (const other of ['src/schemes/stripe.ts', 'src/crypto/ed25519.ts', 'src/signing/sign.ts'])
    expect(inputs).not.toContain(other)
})

it('refuses a built-in module of Node', async () => {
  await expect(bundle(`export { createHmac } from 'node:crypto'`)).rejects.toThrow('node:crypto')
})
