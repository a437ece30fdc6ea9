import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { entries } from './tools/entries.ts'

const bySource = (stems: readonly string[]) => Object.fromEntries(stems.map((stem) => [stem, `src/${stem}.ts`]))
const publicEntries = bySource(entries.map(({ stem }) => stem))
// What the list of schemes exports is a file each in dist/ as in src/, so that a bundler leaves out those that nobody imports.
const listed = readFileSync('src/schemes/index.ts', 'utf8').matchAll(/^(?:im|ex)port \{.* from '\.\/(.+)'/gm)
const schemes = bySource([...listed].map(([, name]) => `schemes/${name}`))

export default defineConfig({
  entry: { ...schemes, ...publicEntries },
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
