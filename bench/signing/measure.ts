// Measures signatures under the Node that runs it, and writes what it found as JSON.
import { median } from '../report'
import { base, byHand, contendersFor } from './contenders'
import type { Measured } from './measured'

const rounds = Number(process.env['ROUNDS'] ?? 61)
const sizes = [64, 1024, 4096, 16_384, 65_536, 1_048_576]

async function microseconds(act: () => unknown, times: number): Promise<number> {
  const started = process.hrtime.bigint()
  for (let left = times; left > 0; left--) await act()
  return Number(process.hrtime.bigint() - started) / 1000 / times
}

const rows = new Map<string, number[]>()
for (const size of sizes) {
  // Of JSON, since some peers parse it.
  const contenders = Object.entries(await contendersFor(Buffer.from(JSON.stringify({ text: 'x'.repeat(size - 11) }))))
  // Turns of a millisecond or so: what else the machine does then falls on all alike.
  const times = Math.max(1, Math.min(300, Math.round(2e6 / size)))
  const measured = contenders.map((): number[] => [])
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    for (const turn of contenders.keys()) {
      // Each round begins with another, so that nobody always comes after the same one.
      const at = (turn + Math.abs(round)) % contenders.length
      const time = await microseconds((contenders[at] as (typeof contenders)[number])[1], times)
      // The first rounds only warm up.
      if (round >= 0) measured[at]?.push(time)
    }
  }
  for (const [at, [name]] of contenders.entries()) rows.set(name, [...(rows.get(name) ?? []), median(measured[at] ?? [])])
  console.error(`Node ${process.versions.node}, ${size} bytes`)
}

const measured: Measured = { node: process.versions.node, rounds, sizes, base, byHand, rows: [...rows] }
console.log(JSON.stringify(measured))
