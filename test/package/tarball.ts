import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { root } from '../../tools/entries'

const execute = promisify(execFile)

/** Builds and packs the package in a folder of its own; gives the tarball’s path and the names in it. */
export async function pack(folder: string): Promise<{ tarball: string; names: readonly string[] }> {
  const stage = `${folder}/stage`
  mkdirSync(stage)
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (existsSync(root + name)) cpSync(root + name, `${stage}/${name}`)
  }
  await execute(process.execPath, [`${root}node_modules/tsup/dist/cli-default.js`, '--silent', '--out-dir', `${stage}/dist`], {
    cwd: root,
  })
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: stage })
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: readonly { path: string }[] }]
  return { tarball: `${folder}/${filename}`, names: files.map(({ path }) => path).sort() }
}

/** Installs a tarball in an empty folder, as a user does; nothing else is needed, so no network. */
export async function install(tarball: string, folder: string): Promise<void> {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, '{ "name": "consumer", "private": true, "type": "module" }')
  await execute('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: folder })
}
