import type { Entry } from './entry'
import { openPages, type Pages } from './pages'

/** Keys that are forgotten within one stretch of time. */
interface Generation {
  readonly startsAt: number
  readonly endsAt: number
  readonly rows: Map<string, Entry | number>
  readonly pages: Pages
}

/** Keys and what is kept of them until they are over. No timer: whoever asks says what time it is. */
export interface Generations {
  /** How many keys take room: also those that are over and not dropped yet. */
  size(): number
  /** What was kept last, over or not. */
  get(key: string): Entry | undefined
  /** Keeps this instead of what was kept last. */
  set(key: string, entry: Entry, now: number, last: Entry | undefined): void
  /** Forgets all generations that are over, at once. */
  rotate(now: number): void
  /** Forgets at most so many keys that are over; returns how many. */
  drop(limit: number, now: number): number
}

/** However long keys are kept, that is cut into so many stretches, or twice as many at most. */
const stretches = 4
/** A Map of a power of two has no empty room, and one of this size grows in a millisecond or two. */
const mostRows = 2 ** 16
/** How many keys that are not over are looked at for one that is. */
const patience = 100

/** Keeps keys by the time at which they are over, so that they are dropped many at once. */
export function openGenerations(): Generations {
  /** The newest first, since what was claimed last is asked for most. */
  let generations: Generation[] = []

  const holderOf = (key: string) => generations.find(({ rows }) => rows.has(key))

  /** The generation of what is over then: the longer it lasts, the longer the stretch that it shares with others. */
  function generationOf(key: string, overAt: number, now: number): Generation {
    const stretch = 2 ** Math.floor(Math.log2(Math.max(overAt - now, stretches) / stretches))
    const startsAt = Math.floor(overAt / stretch) * stretch
    const endsAt = startsAt + stretch
    for (const generation of generations) {
      const { rows } = generation
      const isSame = generation.startsAt === startsAt && generation.endsAt === endsAt
      if (isSame && (rows.size < mostRows || rows.has(key))) return generation
    }
    const made = { startsAt, endsAt, rows: new Map(), pages: openPages() }
    generations.unshift(made)
    return made
  }

  return {
    size: () => generations.reduce((sum, { rows }) => sum + rows.size, 0),

    get(key) {
      const holder = holderOf(key)
      return holder && readRow(holder, key)
    },

    set(key, entry, now, last) {
      // To look for what is not there takes the longest.
      const holder = last && holderOf(key)
      const target = generationOf(key, entry.overAt, now)
      if (holder !== target) holder?.rows.delete(key)
      target.rows.set(key, target.pages.write(entry) ?? entry)
    },

    rotate(now) {
      if (generations.some(({ endsAt }) => endsAt <= now)) generations = generations.filter(({ endsAt }) => now < endsAt)
    },

    drop(limit, now) {
      let dropped = 0
      for (const generation of generations) dropped += dropFrom(generation, limit - dropped, now)
      generations = generations.filter(({ endsAt, rows }) => rows.size > 0 || now < endsAt)
      return dropped
    },
  }
}

function readRow({ rows, pages }: Generation, key: string): Entry | undefined {
  const row = rows.get(key)
  return typeof row === 'number' ? pages.read(row) : row
}

/** What stands behind many keys that are not over yet waits until the end of the stretch. */
function dropFrom(generation: Generation, limit: number, now: number): number {
  const { startsAt, endsAt, rows } = generation
  if (now < startsAt) return 0
  const { size } = rows
  if (endsAt <= now && size <= limit) {
    rows.clear()
    return size
  }
  let kept = 0
  for (const key of rows.keys()) {
    if (size - rows.size >= limit || kept >= patience) break
    const entry = readRow(generation, key)
    if (entry && entry.overAt <= now) rows.delete(key)
    else kept++
  }
  return size - rows.size
}
