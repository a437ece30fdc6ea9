import { existsSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { entries, root } from '../../tools/entries'
import tsup from '../../tsup.config'

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const typedoc = JSON.parse(readFileSync(`${root}typedoc.json`, 'utf8'))
const sizes: readonly { path: string }[] = JSON.parse(readFileSync(`${root}.size-limit.json`, 'utf8'))

/** What every entry exports, by the name that a user imports it from: values and types. */
function publicNames(): Record<string, { values: string[]; types: string[] }> {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(
    entries.map(({ source }) => source),
    options,
  )
  const checker = program.getTypeChecker()
  return Object.fromEntries(
    entries.map(({ specifier, source }) => {
      const file = program.getSourceFile(source)
      const module = file && checker.getSymbolAtLocation(file)
      const symbols = module ? checker.getExportsOfModule(module) : []
      const target = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
      const isTypeOnly = (symbol: ts.Symbol) => symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false
      const isValue = (symbol: ts.Symbol) => !isTypeOnly(symbol) && (target(symbol).flags & ts.SymbolFlags.Value) !== 0
      const names = (some: readonly ts.Symbol[]) => some.map(({ name }) => name).sort()
      return [specifier, { values: names(symbols.filter(isValue)), types: names(symbols.filter((symbol) => !isValue(symbol))) }]
    }),
  )
}

describe('the entries', () => {
  const stems = entries.map(({ stem }) => stem)

  it('are built, all of them, and nothing else is but the providers', () => {
    const built = Object.keys((tsup as { entry: Record<string, string> }).entry)
    expect(built.filter((stem) => !stem.startsWith('schemes/')).sort()).toEqual(
      stems.filter((stem) => !stem.startsWith('schemes/')).sort(),
    )
    expect(built).toContain('schemes/index')
    for (const { source } of entries) expect(existsSync(source), source).toBe(true)
  })

  it('have types and code for import and for require, each of its own', () => {
    const file = (stem: string, end: string) => `./dist/${stem}.${end}`
    const targets = entries.map(({ specifier, stem }) => [
      specifier.replace(/^countersign/, '.'),
      {
        import: { types: file(stem, 'd.ts'), default: file(stem, 'js') },
        require: { types: file(stem, 'd.cts'), default: file(stem, 'cjs') },
      },
    ])
    expect(manifest.exports).toEqual({ ...Object.fromEntries(targets), './package.json': './package.json' })
  })

  it('are documented and weighed', () => {
    expect(typedoc.entryPoints).toEqual(stems.map((stem) => `src/${stem}.ts`))
    expect(sizes.slice(1).map(({ path }) => path)).toEqual(stems.map((stem) => `dist/${stem}.js`))
  })

  it('need no other package', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies']) {
      expect(Object.keys(manifest[kind] ?? {})).toEqual([])
    }
  })
})

describe('the public names', () => {
  const names = publicNames()

  it('are the values that the modules really have', async () => {
    const real = entries.map(async ({ specifier, source }) => [specifier, Object.keys(await import(source)).sort()])
    const values = Object.entries(names).map(([specifier, { values }]) => [specifier, values])
    expect(values).toEqual(await Promise.all(real))
  })

  it('stay as they are', () => {
    expect(names).toMatchInlineSnapshot()
  })
})
