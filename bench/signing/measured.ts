/** What one process found: medians in microseconds, of each contender at each size. */
export interface Measured {
  readonly node: string
  readonly rounds: number
  /** In bytes. */
  readonly sizes: readonly number[]
  /** The row that the others are beside. */
  readonly base: string
  readonly byHand: string
  readonly rows: readonly (readonly [name: string, times: readonly number[]])[]
}

/** How long a row takes at a size, in microseconds. */
export function timeOf({ rows, sizes }: Measured, name: string, bytes: number): number {
  const time = rows.find(([row]) => row === name)?.[1][sizes.indexOf(bytes)]
  if (time === undefined) throw new Error(`Nothing was measured of ${name} at ${bytes} bytes`)
  return time
}

/** How long a row takes beside another; less is faster. */
export const ratioOf = (measured: Measured, name: string, bytes: number, beside = measured.base): number =>
  timeOf(measured, name, bytes) / timeOf(measured, beside, bytes)
