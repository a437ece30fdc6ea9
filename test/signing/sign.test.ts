import { defineScheme, sign, verify } from 'countersign'
import { github, standardWebhooks, stripe } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"test": 2432232314}'

describe('sign', () => {
  it('makes the headers of the specification', async () => {
    const timestamp = new Date(1_614_265_330_000)
    expect(await sign(standardWebhooks, { secret, body, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp })).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('makes up an id and a time', async () => {
    const first = await sign(standardWebhooks, { secret, body })
    const second = await sign(standardWebhooks, { secret, body })
    expect(first['webhook-id']).toMatch(/^msg_[\w-]{22}$/)
    expect(first['webhook-id']).not.toBe(second['webhook-id'])
    await expect(verify(standardWebhooks, { secret, body, headers: first })).resolves.toMatchObject({ id: first['webhook-id'] })
  })

  it('signs with every secret where the scheme can carry several, else with the first', async () => {
    const secrets = [secret, 'whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4']
    const both = await sign(standardWebhooks, { secret: secrets, body })
    expect(both['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    const pair = await sign(stripe, { secret: secrets, body })
    expect(pair['stripe-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/)
    for (const one of secrets) {
      await expect(verify(standardWebhooks, { secret: one, body, headers: both })).resolves.toBeDefined()
      await expect(verify(stripe, { secret: one, body, headers: pair })).resolves.toBeDefined()
    }
    const first = await sign(github, { secret: secrets, body })
    await expect(verify(github, { secret, body, headers: first })).resolves.toBeDefined()
  })

  it.each(['a.b', '', 'a b', 'é', 7])('refuses the id %j', async (id) => {
    await expect(sign(standardWebhooks, { secret, body, id: id as never })).rejects.toThrow(/Expected `id` to be printable ASCII/)
  })

  it('refuses an invalid time, and a body that is none', async () => {
    await expect(sign(stripe, { secret, body, timestamp: new Date(Number.NaN) })).rejects.toThrow(/Expected `timestamp`/)
    await expect(sign(stripe, { secret, body: { a: 1 } as never })).rejects.toThrow(/Expected `body`/)
    await expect(sign(stripe, { secret: [], body })).rejects.toThrow(/Expected `secret`/)
  })

  it('writes times as the scheme does', async () => {
    const timestamp = new Date(1_700_000_000_123)
    const scheme = (unit: 's' | 'ms' | 'iso') =>
      defineScheme({ name: 'acme', unit, signature: { header: 'x-sig' }, timestamp: { header: 'x-at' } })
    expect((await sign(scheme('s'), { secret, body, timestamp }))['x-at']).toBe('1700000000')
    expect((await sign(scheme('ms'), { secret, body, timestamp }))['x-at']).toBe('1700000000123')
    expect((await sign(scheme('iso'), { secret, body, timestamp }))['x-at']).toBe('2023-11-14T22:13:20.123Z')
  })
})
