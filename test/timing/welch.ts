/** How long calls took, for each of two classes of input. */
export type Timings = readonly [Float64Array, Float64Array]

function moments(values: Float64Array) {
  let mean = 0
  let squares = 0
  // Welford: one pass, and no small difference of large sums.
  for (let at = 0; at < values.length; at++) {
    const difference = (values[at] as number) - mean
    mean += difference / (at + 1)
    squares += difference * ((values[at] as number) - mean)
  }
  return { mean, errorSquared: squares / (values.length - 1) / values.length }
}

/** Welch's t: how far apart two means are, measured in the error of their difference. */
export function welch([left, right]: Timings): number {
  const [one, other] = [moments(left), moments(right)]
  const error = Math.sqrt(one.errorSquared + other.errorSquared)
  return error === 0 ? 0 : (one.mean - other.mean) / error
}

/**
 * The largest |t|, with all timings and without the slowest of both classes together.
 *
 * The slowest are interrupts and the collector of garbage; where a leak shows depends on how much of them is left out
 * (Reparaz, Balasch and Verbauwhede, “Dude, is my code constant time?”, 2017).
 */
export function mostTelling(timings: Timings): number {
  const sorted = new Float64Array(timings[0].length + timings[1].length)
  sorted.set(timings[0])
  sorted.set(timings[1], timings[0].length)
  sorted.sort()
  const shares = [1, 0.99, 0.95, 0.9, 0.75, 0.5]
  return Math.max(
    ...shares.map((share) => {
      const limit = sorted[Math.ceil(sorted.length * share) - 1] as number
      const kept = timings.map((values) => values.filter((value) => value <= limit)) as unknown as Timings
      return kept.some(({ length }) => length < 100) ? 0 : Math.abs(welch(kept))
    }),
  )
}
