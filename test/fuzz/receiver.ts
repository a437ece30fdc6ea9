import type { Observation, Scheme } from 'countersign'
import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { toHeaders } from '../../src/receiver/request'
import { bodyOf, make, url } from '../schemes/genuine'
import { decisions } from './decisions'
import { mutate, type Pieces } from './mutations'
import type { Target } from './target'

/** A receiver of a scheme under attack, in memory: it answers by its table, and runs a handler for what is verified, once for each key. */
export async function openReceiver(scheme: Scheme): Promise<Target> {
  const now = new Date()
  const { keys, ...first } = await make(scheme)
  const second = await make(scheme, keys, `${bodyOf(scheme)} `)
  const [genuine, other] = [first, second].map(
    ({ headers, body }): Pieces => ({ headers: Object.entries(headers), body: Buffer.from(body), url, method: 'POST' }),
  ) as [Pieces, Pieces]
  let seen: Observation[] = []
  const handled = new Map<string, number>()
  const hook = webhook(
    {
      scheme,
      secret: keys.receiver,
      store: memoryStore({ maxEntries: 10_000 }),
      // Everything that is signed is an event of its own where the scheme signs no id.
      ...(scheme.bodyIsKey || scheme.id ? {} : { key: () => 'one' }),
      now: () => now,
      observe: (observation) => seen.push(observation),
    },
    ({ key, payload }) => {
      // Not reached where the payload cannot be read: that try failed, and the next one is no second run.
      handled.set(key, (handled.get(key) ?? 0) + 1)
      return payload
    },
  )

  return {
    name: scheme.name,
    async attack(bytes) {
      const { headers, body, url: at } = mutate(genuine, decisions(bytes), other)
      seen = []
      const request = new Request(at, {
        method: 'POST',
        headers: toHeaders(headers as never),
        body: body as Uint8Array<ArrayBuffer>,
      })
      const started = performance.now()
      const { status } = await hook(request)
      const milliseconds = performance.now() - started
      const outcomes = seen.map(({ outcome }) => outcome)
      const isVerified = outcomes[0] === 'verified'
      const fitting = isVerified ? [200, 500] : [401, 413, 415]
      if (!fitting.includes(status) || outcomes.length !== (isVerified ? 2 : 1))
        throw new Error(`${scheme.name} answered ${status}: ${outcomes.join(', ')}`)
      if (Math.max(0, ...handled.values()) > 1) throw new Error(`${scheme.name} ran a handler twice`)
      return { isAccepted: isVerified, milliseconds }
    },
  }
}
