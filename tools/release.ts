import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { root } from './entries'

// Publishes what is checked out: `npm run release`, and any flag of `npm publish`, such as `--dry-run`.

/** What a release is judged by. */
interface State {
  readonly version: string
  readonly repository: string | undefined
  /** Changes that no version has yet. */
  readonly changesets: readonly string[]
  readonly changelog: string
  /** The tags of the commit that is checked out. */
  readonly tags: readonly string[]
  /** What differs from that commit. */
  readonly changes: string
}

/** Why this cannot be released; nothing where it can. */
export function obstaclesTo({ version, repository, changesets, changelog, tags, changes }: State): string[] {
  const heading = /^## (.*)$/m.exec(changelog)?.[1]
  return [
    ...(changesets.length > 0 ? [`Expected \`npx changeset version\` to have taken up ${changesets.join(', ')}`] : []),
    ...(heading === version ? [] : [`Expected CHANGELOG.md to begin with ${version}, got ${heading ?? 'nothing'}`]),
    ...(tags.includes(`v${version}`)
      ? []
      : [`Expected the commit to have the tag v${version}, got ${tags.join(', ') || 'none'}`]),
    ...(changes === '' ? [] : [`Expected the commit and nothing else, got\n${changes}`]),
    // Whose place the registry compares with that of the workflow, and refuses any other.
    ...(repository ? [] : ['Expected `repository` in package.json, without which provenance cannot be checked']),
  ]
}

function readState(): State {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
  const { version, repository } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const changelog = `${root}CHANGELOG.md`
  return {
    version,
    repository: repository?.url ?? repository,
    changesets: readdirSync(`${root}.changeset`).filter((name) => name.endsWith('.md') && name !== 'README.md'),
    changelog: existsSync(changelog) ? readFileSync(changelog, 'utf8') : '',
    tags: git('tag', '--points-at', 'HEAD').split('\n').filter(Boolean),
    changes: git('status', '--porcelain'),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const obstacles = obstaclesTo(readState())
  for (const obstacle of obstacles) console.error(obstacle)
  if (obstacles.length > 0) process.exit(1)
  // What builds it is `prepack`; `publishConfig` asks for provenance, which only a workflow can give.
  execFileSync('npm', ['publish', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
}
