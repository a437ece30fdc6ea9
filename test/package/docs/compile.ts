import ts from 'typescript'
import { root } from '../../../tools/entries'

/** What strict TypeScript has to say of some files, each by its path; nothing when all is well. */
export function compile(
  paths: readonly string[],
  more: ts.CompilerOptions = {},
): { path: string; line: number; message: string }[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(paths, { ...options, allowJs: true, checkJs: true, ...more })
  return ts.getPreEmitDiagnostics(program).flatMap(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, ' ')
    if (!file) return [{ path: '', line: 0, message }]
    // Other files are the business of `npm run types`.
    return paths.includes(file.fileName)
      ? [{ path: file.fileName, line: file.getLineAndCharacterOfPosition(start).line, message }]
      : []
  })
}
