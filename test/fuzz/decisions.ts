/** What a fuzzer decides, read from bytes that it makes up: the same for one that draws them and one that is led by coverage. */
export interface Decisions {
  readonly isOver: boolean
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  pick<T>(some: readonly T[]): T
}

export function decisions(bytes: Uint8Array): Decisions {
  let at = 0
  const next = () => bytes[at++] ?? 0
  const below = (limit: number) => (limit > 256 ? next() * 256 + next() : next()) % Math.max(1, limit)
  return {
    get isOver() {
      return at >= bytes.length
    },
    below,
    pick: (some) => some[below(some.length)] as never,
  }
}
