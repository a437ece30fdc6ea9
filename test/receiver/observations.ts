import ts from 'typescript'
import { root } from '../../tools/entries'

/** The fields and codes of an observation's kind, as its type says them. */
export interface Kind {
  readonly fields: readonly string[]
  readonly codes: readonly string[]
}

/** Every kind of `Observation`, by its outcome, read from the types themselves. */
export function kindsOfObservation(): ReadonlyMap<string, Kind> {
  const path = `${root}src/receiver/observe.ts`
  const program = ts.createProgram([path], {
    strict: true,
    noLib: true,
    types: [],
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path) as ts.SourceFile
  const module = checker.getSymbolAtLocation(source) as ts.Symbol
  const symbol = checker.getExportsOfModule(module).find(({ name }) => name === 'Observation') as ts.Symbol
  const literalsOf = (type: ts.Type | undefined) =>
    (type?.isUnion() ? type.types : [type]).flatMap((one) => (one?.isStringLiteral() ? [one.value] : []))
  const typeOf = (type: ts.Type, name: string) => {
    const property = type.getProperty(name)
    return property && checker.getTypeOfSymbolAtLocation(property, source)
  }
  const kinds = (checker.getDeclaredTypeOfSymbol(symbol) as ts.UnionType).types
  return new Map(
    kinds.map((kind) => {
      const [outcome = ''] = literalsOf(typeOf(kind, 'outcome'))
      return [outcome, { fields: kind.getProperties().map(({ name }) => name), codes: literalsOf(typeOf(kind, 'code')) }]
    }),
  )
}
