import { brotliCompressSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'

/** The part of the package that has to be small wherever it runs; weighed as `npm run sizes` does. */
export const verifyGithub = `import { verify } from 'countersign'; import { github } from 'countersign/schemes'; console.log(verify, github)`

/** One file for a browser, as a user's bundler makes it; `bytes` is its size after brotli. */
export async function bundle(contents: string, resolveDir: string, options?: BuildOptions) {
  const { outputFiles, metafile } = await build({
    ...options,
    stdin: { contents, resolveDir },
    absWorkingDir: resolveDir,
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
  const imports = output.imports.map(({ path }) => path)
  const inputs = Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
  return { imports, inputs, bytes: brotliCompressSync(file.contents).length }
}
