import { defineConfig } from 'tsup'
import { entries } from './tools/entries.ts'

const bySource = (stems: readonly string[]) => Object.fromEntries(stems.map((stem) => [stem, `src/${stem}.ts`]))
const publicEntries = bySource(entries.map(({ stem }) => stem))

export default defineConfig({
  // Beside the entries: a file that a bundler may leave out must be one of its own.
  entry: { ...publicEntries, ...bySource(['crypto/quick']) },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  external: [/^node:/],
  // Without its prefix a built-in module is found by Node alone.
  removeNodeProtocol: false,
  // tsup passes `baseUrl`, which TypeScript 6 deprecates.
  dts: { entry: publicEntries, compilerOptions: { ignoreDeprecations: '6.0' } },
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
})
