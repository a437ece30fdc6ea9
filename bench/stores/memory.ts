// What a million completed keys take in memory, and whether forgetting them keeps the loop waiting:
// node --expose-gc --import tsx bench/stores/memory.ts
import { randomBytes, randomUUID } from 'node:crypto'
import { memoryStore } from 'countersign/idempotency'

const count = 1_000_000
const leaseMs = 30_000
const retentionMs = 7 * 86_400_000

const collect = globalThis.gc
if (!collect) throw new Error('Expected node to be started with --expose-gc.')

/** In one piece, as a text is that was read from somewhere. */
const flat = (text: string) => Buffer.from(text).toString()
const engineToken = () => flat(randomBytes(18).toString('base64url'))
const makeKeys = () => Array.from({ length: count }, () => flat(`stripe/hooks//${randomUUID()}`))
const rounded = (value: number) => Math.round(value * 100) / 100
const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

function usedBytes(): number {
  for (let times = 0; times < 3; times++) collect?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** For how many milliseconds this thread has run, so that other programs do not count; by the clock before Node 24. */
function ranMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?(): { readonly user: number; readonly system: number } }
  if (!threadCpuUsage) return performance.now()
  const { user, system } = threadCpuUsage.call(process)
  return (user + system) / 1000
}

/** A store whose clock goes through one retention while it is filled. */
async function fill(keys: readonly string[], mint: () => string, result?: Uint8Array) {
  const clock = { now: 0 }
  const store = memoryStore({ maxEntries: 2 * count, now: () => new Date(clock.now) })
  async function handle(key: string, token: string) {
    await store.claim(key, { token, leaseMs, retentionMs })
    await store.complete(key, token, result, retentionMs)
  }
  for (const [index, key] of keys.entries()) {
    clock.now = Math.floor((index / count) * retentionMs)
    await handle(key, mint())
  }
  return { store, clock, handle }
}

async function weigh(keys: readonly string[], mint: () => string, result?: Uint8Array) {
  const before = usedBytes()
  const { store } = await fill(keys, mint, result)
  const after = usedBytes()
  // It must be there until here.
  await store.sweep(0)
  return { bytesPerKey: rounded((after - before) / count) }
}

/** The longest turns of the loop, while the clock goes through so much time and new keys come in. */
async function longestTurns({ clock, handle }: Awaited<ReturnType<typeof fill>>, forMs: number) {
  const turns: number[] = []
  const [start, steps] = [clock.now, 3000]
  for (let step = 1; step <= steps; step++) {
    const began = ranMs()
    clock.now = start + (forMs * step) / steps
    for (let index = 0; index < 20; index++) await handle(`${start}/${step}/${index}`, `${step}/${index}`)
    await tick()
    turns.push(ranMs() - began)
  }
  return turns
    .sort((a, b) => b - a)
    .slice(0, 3)
    .map(rounded)
}

async function rate({ clock, handle }: Awaited<ReturnType<typeof fill>>) {
  const keys = Array.from({ length: 100_000 }, (_, index) => flat(`key-${index}`))
  clock.now += 1
  const began = ranMs()
  for (const key of keys) await handle(key, key)
  return Math.round((keys.length / (ranMs() - began)) * 1000)
}

console.log('cycles per second in an empty store', await rate(await fill([], engineToken)))
const keys = makeKeys()
console.log('tokens of the engine', await weigh(keys, engineToken))
console.log('tokens that are UUIDs', await weigh(keys, () => flat(randomUUID())))
console.log('a result of 40 bytes', await weigh(keys, engineToken, randomBytes(40)))
keys.length = 0

const filled = await fill(makeKeys(), engineToken)
console.log('cycles per second beside a million keys', await rate(filled))
await longestTurns(filled, 0)
console.log('longest turns in ms while nothing expires', await longestTurns(filled, 0))
console.log('while a million keys expire one after another', await longestTurns(filled, 2 * retentionMs))

const another = await fill(makeKeys(), engineToken)
await longestTurns(another, 0)
another.clock.now += 2 * retentionMs
const began = ranMs()
await another.handle('the first after all have expired', 'a token')
console.log('claim and complete in ms after a million keys expired at once', rounded(ranMs() - began))
console.log('longest turns in ms while their memory is collected', await longestTurns(another, 0))
