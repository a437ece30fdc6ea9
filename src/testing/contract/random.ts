/** Choices that are the same for the same seed. */
export interface Random {
  /** An integer of 0 or more and below that. */
  below(limit: number): number
  pick<const T>(choices: readonly [T, ...T[]]): T
}

/** The generator mulberry32, by Tommy Ettinger: 32 bits of state, which is enough to choose what to try. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  return { below, pick: (choices) => choices[below(choices.length)] ?? choices[0] }
}
