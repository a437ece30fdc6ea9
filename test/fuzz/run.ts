// The long form: node --expose-gc --import tsx test/fuzz/run.ts [cases]; writes what it found into docs/testing.md.
import fc from 'fast-check'
import { occasion, replacePassage } from '../../tools/passage'
import { adapters } from '../adapters/mounts'
import { speakable } from '../schemes/genuine'
import { openReceiver } from './receiver'
import { openSocketTarget } from './sockets'
import { type Target, targetOf } from './target'

const cases = Number(process.argv[2] ?? 10_000_000)
const mostMilliseconds = 5
const decided = fc.uint8Array({ minLength: 4, maxLength: 64, size: 'max' })
const seed = Date.now() & 0x7fffffff

interface Tally {
  cases: number
  accepted: number
  /** Cases that took too long three times in a row: what took long once was the machine. */
  slow: number
}

async function assault({ name, attack }: Target, numRuns: number): Promise<Tally> {
  const tally: Tally = { cases: 0, accepted: 0, slow: 0 }
  const once = fc.asyncProperty(decided, async (bytes) => {
    tally.cases++
    const first = await attack(bytes)
    if (first.isAccepted) tally.accepted++
    let { milliseconds } = first
    for (let again = 0; again < 2 && milliseconds > mostMilliseconds; again++) ({ milliseconds } = await attack(bytes))
    if (milliseconds > mostMilliseconds) {
      tally.slow++
      console.log(`${name}: ${milliseconds.toFixed(1)} ms for ${[...bytes]}`)
    }
  })
  await fc.assert(once, { numRuns, seed })
  return tally
}

function usedMiB(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024)
}

const rows: string[] = []
async function report(what: string, targets: readonly (() => Promise<Target & { close?(): Promise<void> }>)[], each: number) {
  const sum: Tally = { cases: 0, accepted: 0, slow: 0 }
  const before = usedMiB()
  for (const open of targets) {
    const target = await open()
    const tally = await assault(target, each)
    await target.close?.()
    for (const name of ['cases', 'accepted', 'slow'] as const) sum[name] += tally[name]
  }
  rows.push(`| ${what} | ${sum.cases} | ${sum.accepted} | ${sum.slow} | ${before} → ${usedMiB()} MiB |`)
  console.log(rows.at(-1))
}

await report(
  'sockets, of each adapter',
  Object.keys(adapters)
    .filter((name) => name !== 'fetch')
    .map((name) => () => openSocketTarget(name)),
  Math.ceil(cases / 200),
)
await report(
  'receivers, of each scheme',
  speakable.map(
    ([, scheme]) =>
      () =>
        openReceiver(scheme),
  ),
  Math.ceil(cases / 50 / speakable.length),
)
await report(
  '`verify`, of each scheme',
  speakable.map(
    ([, scheme]) =>
      () =>
        targetOf(scheme),
  ),
  Math.ceil(cases / speakable.length),
)

const head = `${occasion()}, fast-check ${fc.__version}, seed ${seed}:

| what is attacked | cases | accepted, as they should be | over ${mostMilliseconds} ms | heap |
|---|---|---|---|---|`
replacePassage('docs/testing.md', 'fuzz', `${head}\n${rows.join('\n')}`)
process.exit(0)
