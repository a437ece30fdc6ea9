import { defineScheme } from 'countersign'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { adapters } from '../adapters/mounts'
import { speakable } from '../schemes/genuine'
import { openReceiver } from './receiver'
import { openSocketTarget } from './sockets'
import { type Target, targetOf } from './target'

// The long form is `npm run fuzz`; what it finds becomes a vector.
const decided = fc.uint8Array({ minLength: 4, maxLength: 64, size: 'max' })
const assault = ({ attack }: Pick<Target, 'attack'>, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(decided, async (bytes) => void (await attack(bytes))),
    { numRuns },
  )

describe('what nobody signed is refused, and nothing else is thrown', () => {
  it.each(speakable)('by %s', async (_, scheme) => assault(await targetOf(scheme), 150))

  it('which this would find out', async () => {
    const gullible = {
      name: 'gullible',
      signatureBytes: 1,
      signer: () => ({ sign: () => new Uint8Array(1) }),
      verifier: () => ({ matches: () => true }),
    }
    const scheme = defineScheme({ name: 'acme', signature: { header: 'x-signature' }, algorithm: gullible })
    await expect(assault(await targetOf(scheme), 1000)).rejects.toThrow('Property failed')
  })
})

describe('a receiver answers by its table, and handles what was signed, once', () => {
  it.each(speakable)('with %s', async (_, scheme) => assault(await openReceiver(scheme), 40))
})

describe('a server goes on', () => {
  const names = Object.keys(adapters).filter((name) => name !== 'fetch')
  const open: { close(): Promise<void> }[] = []
  afterAll(() => Promise.all(open.map(({ close }) => close())))

  it.each(names)('behind %s, whatever bytes arrive', async (name) => {
    const target = await openSocketTarget(name)
    open.push(target)
    await assault(target, 300)
    expect(await target.isAlive()).toBe(true)
  })
})
