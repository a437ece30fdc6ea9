import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { defineConfig } from 'tsup'
import { entries } from './tools/entries.ts'

const bySource = (stems: readonly string[]) => Object.fromEntries(stems.map((stem) => [stem, `src/${stem}.ts`]))
const stems = entries.map(({ stem }) => stem)

export default defineConfig(({ outDir = 'dist' }) => [
  {
    // Beside the entries: a file that a bundler may leave out must be one of its own.
    entry: bySource([...stems, 'crypto/quick']),
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2022',
    external: [/^node:/],
    // Without its prefix a built-in module is found by Node alone.
    removeNodeProtocol: false,
    splitting: true,
    treeshake: true,
    // No maps: with the sources in them they would take twice the room of the code, which can be read as it is.
    esbuildOptions(options, { format }) {
      // Only there: the other would lose the annotations by which bundlers leave out what nobody uses. Names stay, for stack traces.
      if (format === 'cjs') Object.assign(options, { minifyWhitespace: true, lineLimit: 120 })
    },
    clean: true,
    // What is declared for `require` is declared for `import` too, once: so a type is the same type in both.
    onSuccess: async () => {
      for (const stem of stems) await writeFile(`${outDir}/${stem}.d.ts`, `export * from './${basename(stem)}.cjs'\n`)
    },
  },
  {
    entry: bySource(stems),
    format: ['cjs'],
    // tsup passes `baseUrl`, which TypeScript 6 deprecates.
    dts: { only: true, compilerOptions: { ignoreDeprecations: '6.0' } },
  },
])
