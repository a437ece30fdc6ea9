import { posix } from 'node:path'
import ts from 'typescript'

/** The floors from the ground up. A file imports from its own floor or below; a folder that is not listed is refused. */
const floors = [
  ['core'],
  ['crypto'],
  ['schemes'],
  ['signing', 'idempotency', 'stores'],
  ['receiver', 'sender', 'idempotent'],
  ['queues', 'adapters', 'explain', 'diagnostics', 'testing'],
  ['index.ts'],
  ['cli'],
]

/** Folders of one floor that do not know each other. */
const strangers = [['signing', 'idempotency']]

/** Where Node's own modules and globals may be used; elsewhere the code runs in every runtime. */
const isForNode = (path: string) => /^(sender|diagnostics|cli)\/|^adapters\/node/.test(path)
const nodeGlobals = ['Buffer', 'process', 'require', 'module', 'setImmediate', '__dirname', '__filename']

const roomOf = (path: string) => path.split('/')[0] as string
const floorOf = (path: string) => floors.findIndex((rooms) => rooms.includes(roomOf(path)))
const mostLines = (path: string) => (roomOf(path) === 'adapters' ? 80 : 200)

/** What breaks the rules of the house, given every file of src/ by its path below it. */
export function findViolations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => [...violationsOf(path, text, files)].map((violation) => `${path}: ${violation}`))
}

function* violationsOf(path: string, text: string, files: ReadonlyMap<string, string>): Generator<string> {
  if (floorOf(path) < 0) yield 'is on no floor'
  const lines = text.trimEnd().split('\n').length
  if (lines > mostLines(path)) yield `has ${lines} lines, the most is ${mostLines(path)}`

  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  if (
    path === 'index.ts' &&
    !source.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier)
  ) {
    yield 'does more than re-export'
  }
  for (const node of nodesOf(source)) {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      const violation = ts.isStringLiteralLike(specifier)
        ? violationOfImport(path, specifier.text, files)
        : 'imports what no reader can tell'
      if (violation) yield violation
    } else if (ts.isStringLiteralLike(node) && node.text.startsWith('node:') && !isForNode(path)) {
      // Imports were judged above; what is left is asked for at run time.
      const isImport = nodesAbove(node).some((above) => specifierOf(above) === node)
      const isAskedFor = ts.isCallExpression(node.parent) && /getBuiltinModule$/.test(node.parent.expression.getText())
      if (!isImport && !(roomOf(path) === 'crypto' && isAskedFor)) yield `says ${node.text}`
    } else if (ts.isIdentifier(node) && isFree(node)) {
      if (node.text === 'console' && roomOf(path) !== 'cli') yield 'uses console'
      if (nodeGlobals.includes(node.text) && !isForNode(path)) yield `uses Node's ${node.text}`
    } else if (ts.isPropertyAccessExpression(node) && node.name.text === 'subtle' && roomOf(path) !== 'crypto') {
      yield 'uses crypto.subtle'
    }
  }
}

function violationOfImport(path: string, specifier: string, files: ReadonlyMap<string, string>): string | undefined {
  if (specifier.startsWith('node:')) return isForNode(path) ? undefined : `imports ${specifier}`
  if (!specifier.startsWith('.')) return `imports the package ${specifier}`
  const stem = posix.join(posix.dirname(path), specifier)
  const target = [`${stem}.ts`, posix.join(stem, 'index.ts'), stem].find((candidate) => files.has(candidate))
  if (target === undefined) return `imports ${specifier}, which is no file of src/`
  if (floorOf(target) > floorOf(path)) return `imports ${target} from a floor above`
  const rooms = [roomOf(path), roomOf(target)]
  if (rooms[0] !== rooms[1] && strangers.some((pair) => rooms.every((room) => pair.includes(room))))
    return `imports ${target}, a stranger`
  return undefined
}

/** What a node imports from: static and dynamic imports, re-exports, import types and `require`. */
function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument
  if (ts.isExternalModuleReference(node)) return node.expression
  const isImport =
    ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
  return isImport ? node.arguments[0] : undefined
}

/** Whether an identifier stands for itself: no property, no key, no name of a declaration or a type's member. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isPropertyAccessExpression(parent) || ts.isBindingElement(parent))
    return parent.name !== node && !('propertyName' in parent && parent.propertyName === node)
  if (ts.isQualifiedName(parent)) return parent.left === node
  return !('name' in parent && parent.name === node)
}

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  // Generators cannot yield from a callback.
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

function nodesAbove(node: ts.Node): ts.Node[] {
  return ts.isSourceFile(node.parent) ? [node.parent] : [node.parent, ...nodesAbove(node.parent)]
}
