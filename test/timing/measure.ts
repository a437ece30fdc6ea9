import { randomBytes } from 'node:crypto'
import { equal } from '../../src/crypto/equal'
import type { Timings } from './welch'

/** What is timed; `prepare` makes the input of one of two classes, outside the time that is taken. */
export interface Subject {
  readonly name: string
  prepare(which: number): void
  act(): unknown
}

const callsInOne = 64

/** Times calls, of a class that is drawn anew each time: what drifts, drifts for both. */
export function timingsOf({ prepare, act }: Subject, samples: number): Timings {
  const classes = Uint8Array.from(randomBytes(samples), (byte) => byte & 1)
  const times = new Float64Array(samples)
  for (let sample = 0; sample < samples; sample++) {
    prepare(classes[sample] as number)
    // Once beforehand: what was just written is read for the first time.
    act()
    const started = performance.now()
    for (let call = 0; call < callsInOne; call++) act()
    times[sample] = performance.now() - started
  }
  // What is not compiled yet tells of the compiler.
  const settled = (wanted: number) => times.filter((_, sample) => sample >= samples / 10 && classes[sample] === wanted)
  return [settled(0), settled(1)]
}

/** Compares as one must not: it ends at the first byte that differs. */
function equalUntilDifferent(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false
  return true
}

/** Compares a signature with one that differs from it in its first byte, or in its last; both are refused. */
function comparing(name: string, compare: typeof equal, bytes: number, isNull = false): Subject {
  const genuine = Uint8Array.from(randomBytes(bytes))
  const forged = new Uint8Array(bytes)
  // Looked up: a branch would be guessed wrongly now and then, and that be seen.
  const places = Uint8Array.of(0, isNull ? 0 : bytes - 1)
  let matches = 0
  return {
    name,
    prepare(which) {
      const at = places[which] as number
      forged.set(genuine)
      forged[at] = (forged[at] as number) ^ 0x55
    },
    // Counted, so that no compiler leaves the comparison out.
    act: () => (matches += compare(genuine, forged) ? 1 : 0),
  }
}

/** The comparing function on both of its ways, a control that must be found, and one in which there is nothing to find. */
export const subjects = {
  native: () => comparing('`equal`, 32 bytes: by `node:crypto`', equal, 32),
  loop: () => comparing('`equal`, 96 bytes: by its own loop, as in a browser', equal, 96),
  leaking: () => comparing('control: ends at the first difference', equalUntilDifferent, 32),
  nothing: () => comparing('control: one class twice', equalUntilDifferent, 32, true),
} as const
