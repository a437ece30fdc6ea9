// The long form: tsx test/timing/run.ts [samples]; writes what it saw into docs/testing.md.
import { sign, verify } from 'countersign'
import { github } from 'countersign/schemes'
import { occasion, replacePassage } from '../../tools/passage'
import { subjects, timingsOf } from './measure'
import { mostTelling, type Timings } from './welch'

const samples = Number(process.argv[2] ?? 1_000_000)

/** The whole of `verify`, one call for each timing; the digits that are wrong in the two classes. */
async function wholeVerify(count: number, digits: readonly [number, number]): Promise<Timings> {
  const secret = 'a secret of thirty-two bytes or so'
  const body = '{"id":"evt_1"}'
  const genuine = (await sign(github, { secret, body }))['x-hub-signature-256'] as string
  const wrongAt = (at: number) => `${genuine.slice(0, at)}${genuine[at] === '0' ? '1' : '0'}${genuine.slice(at + 1)}`
  const forged = digits.map((digit) => ({ 'x-hub-signature-256': wrongAt('sha256='.length + digit) }))
  const times: [number[], number[]] = [[], []]
  for (let sample = 0; sample < count; sample++) {
    const which = Math.random() < 0.5 ? 0 : 1
    const headers = forged[which] as Record<string, string>
    const started = performance.now()
    await verify(github, { secret, headers, body }).catch(() => undefined)
    const took = performance.now() - started
    if (sample >= count / 10) times[which].push(took)
  }
  return [Float64Array.from(times[0]), Float64Array.from(times[1])]
}

const row = (name: string, count: number, timings: Timings) => `| ${name} | ${count} | ${mostTelling(timings).toFixed(1)} |`
const rows = [
  ...Object.values(subjects).map((make) => {
    const subject = make()
    return row(subject.name, samples, timingsOf(subject, samples))
  }),
  row('for information: the whole of `verify`, GitHub', samples / 5, await wholeVerify(samples / 5, [0, 63])),
  row('for information: the same, one class twice', samples / 5, await wholeVerify(samples / 5, [0, 0])),
]
const head = `${occasion()}:

| what is timed | timings | largest \\|*t*\\| |
|---|---|---|`
replacePassage('docs/testing.md', 'timing', `${head}\n${rows.join('\n')}`)
console.log(rows.join('\n'))
