// Led by coverage: tsx test/fuzz/guided/run.ts [seconds for each scheme] [verify or receiver]; writes what it found into docs/testing.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { entries, root } from '../../../tools/entries'
import { occasion, replacePassage } from '../../../tools/passage'
import { speakable } from '../../schemes/genuine'

const [seconds, targets] = [Number(process.argv[2] ?? 5), process.argv[3] ? [process.argv[3]] : ['verify', 'receiver']]
const here = `${root}test/fuzz/guided/`
// What it learned stays there, and is where the next run begins; its numbers are added up.
const cache = `${root}.cache/guided/`
const ledger = `${cache}ledger.json`
const bundle = `${cache}target.cjs`
const jazzer = `${here}node_modules/@jazzer.js/core/`

interface Tally {
  seconds: number
  cases: number
  /** Inputs that are kept, because each reaches something that no other does. */
  kept: number
  mostMiB: number
}

/** Attacks one scheme; ends the process where something is found. */
async function attack(target: string, scheme: string): Promise<Tally> {
  const corpus = `${cache}${target}/${scheme}`
  mkdirSync(corpus, { recursive: true })
  const flags = [`-max_total_time=${seconds}`, '-max_len=64', '-print_final_stats=1', `-artifact_prefix=${cache}`]
  const child = spawn(process.execPath, [`${jazzer}dist/cli.js`, bundle, corpus, '-i', bundle, '--', ...flags], {
    env: { ...process.env, TARGET: target, SCHEME: scheme },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  const last = (pattern: RegExp) => Number(output.match(pattern)?.at(-1)?.match(/\d+/)?.[0])
  const tally = {
    seconds,
    cases: last(/number_of_executed_units: *\d+/g),
    kept: last(/ corp: \d+/g),
    mostMiB: last(/peak_rss_mb: *\d+/g),
  }
  if (code === 0 && tally.cases > 0) return tally
  console.error(`${target} of ${scheme}:\n${output}`)
  process.exit(1)
}

mkdirSync(cache, { recursive: true })
await build({
  entryPoints: [`${here}target.ts`],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  alias: Object.fromEntries(entries.map(({ specifier, source }) => [specifier, source])),
  logLevel: 'warning',
})

const tallies: Record<string, Tally> = existsSync(ledger) ? JSON.parse(readFileSync(ledger, 'utf8')) : {}
for (const target of targets) {
  const sum = { seconds: 0, cases: 0, mostMiB: 0, ...tallies[target], kept: 0 }
  for (const [, { name }] of speakable) {
    const tally = await attack(target, name)
    for (const part of ['seconds', 'cases', 'kept'] as const) sum[part] += tally[part]
    sum.mostMiB = Math.max(sum.mostMiB, tally.mostMiB)
  }
  tallies[target] = sum
  writeFileSync(ledger, JSON.stringify(tallies))
}

const { version } = JSON.parse(readFileSync(`${jazzer}package.json`, 'utf8')) as { version: string }
const rows = Object.entries(tallies).map(
  ([target, sum]) => `| ${target}, of each scheme | ${sum.seconds} s | ${sum.cases} | ${sum.kept} | ${sum.mostMiB} MiB |`,
)
const head = `${occasion()}, jazzer.js ${version}, no finding:

| what is attacked | for | cases | inputs kept, for what they alone reach | most memory |
|---|---|---|---|---|`
replacePassage('docs/testing.md', 'guided', `${head}\n${rows.join('\n')}`)
