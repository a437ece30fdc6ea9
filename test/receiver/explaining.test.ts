import { VerificationError } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { expect, it, vi } from 'vitest'
import { createExplaining } from '../../src/receiver/explaining'
import { receiver, secret, shown } from './harness'

const refused = { status: 401, headers: {}, body: '' }
const explained = (seen: readonly { outcome: string }[]) => seen.filter(({ outcome }) => outcome === 'explained')

const url = 'https://shop.example/hooks'
const genuine = (body: string) => signedRequest(standardWebhooks, { url, secret, body })

/** A genuine event whose body was parsed and serialised again on the way. */
const respaced = async () =>
  new Request(url, { method: 'POST', headers: (await genuine('{"type": "paid"}')).headers, body: '{"type":"paid"}' })

it('tells the observer why a request was refused, and the caller nothing', async () => {
  const { hook, seen } = receiver({ explain: true })
  expect(await shown(await hook(await respaced()))).toEqual(refused)
  await vi.waitFor(() => expect(explained(seen)).toHaveLength(1), { timeout: 15_000 })
  expect(explained(seen)[0]).toEqual({
    outcome: 'explained',
    scheme: 'standard-webhooks',
    cause: 'body_reserialized',
    durationMs: expect.any(Number),
    explanation: expect.any(String),
    mend: expect.stringContaining('webhook()'),
  })
  expect(JSON.stringify(seen)).not.toContain(secret)
})

it('says so when it finds no cause', async () => {
  const { hook, seen } = receiver({ explain: true, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  const other = await genuine('{"type":"paid"}')
  expect(await shown(await hook(other))).toEqual(refused)
  await vi.waitFor(() => expect(explained(seen)).toHaveLength(1), { timeout: 15_000 })
  expect(explained(seen)[0]).not.toHaveProperty('cause')
})

it('explains one request at a time, whatever strangers send', async () => {
  const { hook, seen } = receiver({ explain: true })
  const forged = () => hook(new Request(url, { method: 'POST', body: '{}' }))
  for (const answer of await Promise.all(Array.from({ length: 20 }, forged))) expect(await shown(answer)).toEqual(refused)
  await vi.waitFor(() => expect(explained(seen)).toHaveLength(1), { timeout: 15_000 })
  expect(await shown(await forged())).toEqual(refused)
  await vi.waitFor(() => expect(explained(seen)).toHaveLength(2), { timeout: 15_000 })
})

it('explains nothing unless it is asked to', async () => {
  const { hook, seen } = receiver()
  expect(await shown(await hook(await respaced()))).toEqual(refused)
  await new Promise((resolve) => setImmediate(resolve))
  expect(explained(seen)).toEqual([])
  expect(() => receiver({ explain: 'yes' })).toThrow('Expected `explain` to be true or false')
})

it('keeps to itself that nothing could be explained, and goes on', async () => {
  const observe = vi.fn()
  const outcomes = [() => Promise.reject(new Error('mine')), async () => ({ outcome: 'verifies', explanation: 'a', mend: 'b' })]
  const explaining = createExplaining(() => (outcomes.shift() as () => Promise<never>)(), observe)
  const refusal = new VerificationError('signature_mismatch')
  for (let time = 0; time < 2; time++) {
    explaining(new Error('not about the request'), standardWebhooks, {} as never)
    explaining(refusal, standardWebhooks, {} as never)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(observe).toHaveBeenCalledOnce()
  expect(observe).toHaveBeenCalledWith({
    outcome: 'explained',
    scheme: 'standard-webhooks',
    durationMs: expect.any(Number),
    explanation: 'a',
    mend: 'b',
  })
})
