import { ConfigurationError } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { createSender, type SenderOptions } from 'countersign/sender'
import { expect, it } from 'vitest'
import { event, secret, sender, statuses } from './servers'

const scheme = standardWebhooks

it.each<[string, object | undefined]>([
  ['options', undefined],
  ['scheme', {}],
  ['scheme', { scheme: 'stripe' }],
  ['schedule', { scheme, schedule: 'weekly' }],
  ['schedule', { scheme, schedule: [1, -1] }],
  ['timeoutSeconds', { scheme, timeoutSeconds: 0 }],
  ['timeoutSeconds', { scheme, timeoutSeconds: Number.NaN }],
  ['timeoutSeconds', { scheme, timeoutSeconds: 1e9 }],
  ['maxBodyBytes', { scheme, maxBodyBytes: 0 }],
  ['undici', { scheme, undici: {} }],
  ['inFlightPerEndpoint', { scheme, inFlightPerEndpoint: 0 }],
  ['guard', { scheme, guard: true }],
  ['guard.allow', { scheme, guard: { allow: ['10.0.0.0/40'] } }],
  ['guard.ports', { scheme, guard: { ports: [-1] } }],
  ['permanentStatuses', { scheme, permanentStatuses: [500] }],
  ['permanentStatuses', { scheme, permanentStatuses: 422 }],
  ['tls', { scheme, tls: 'pem' }],
  ['onAttempt', { scheme, onAttempt: 'log' }],
  ['onDisable', { scheme, onDisable: {} }],
  ['lookup', { scheme, lookup: 'dns' }],
  ['random', { scheme, random: 0.5 }],
  ['now', { scheme, now: new Date() }],
  ['headers', { scheme, headers: 'a: b' }],
  ['headers', { scheme, headers: { 'x-a': '1', 'X-A': '2' } }],
  ['headers', { scheme, headers: { 'X-A': '1', 'x-a': '2' } }],
  ['headers.a b', { scheme, headers: { 'a b': 'c' } }],
  ['headers.x-a', { scheme, headers: { 'x-a': 'b\r\nx-c: d' } }],
  ['headers.x-a', { scheme, headers: { 'x-a': ['b'] } }],
  ['headers.x-a', { scheme, headers: { 'x-a': undefined } }],
])('refuses a mistake in `%s` where it is made: %j', (name, options) => {
  const make = () => createSender(options as SenderOptions)
  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(`Expected \`${name}\` to be `)
})

it.each([
  'Connection',
  'Content-Length',
  'Expect',
  'Host',
  'Keep-Alive',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
])('refuses the header %s, which the transport sets itself', (name) => {
  expect(() => createSender({ scheme, headers: { [name]: '1' } })).toThrow(
    'Expected `headers` to be without what the transport sets itself',
  )
})

it('refuses an option that is misspelt', () =>
  expect(() => createSender({ scheme, timeoutSecond: 5 } as SenderOptions)).toThrow(
    'Expected the option `timeoutSeconds`, got `timeoutSecond`',
  ))

it('does not repeat the value of a header that it refuses', () => {
  expect(() => createSender({ scheme, headers: { authorization: 'Bearer hunter2\n' } })).toThrow(/^(?!.*hunter2)/)
})

it('is content with a scheme alone', () => expect(() => createSender({ scheme }).close()).not.toThrow())

it('takes its options as they are when it is made', async () => {
  const allow: string[] = []
  const guarded = createSender({ scheme, guard: { allow } })
  allow.push('127.0.0.0/8')
  const attempt = await guarded.attempt({ url: 'http://127.0.0.1/', secret: 'secret' }, { id: '1', body: '' })
  expect(attempt.outcome).toEqual({ kind: 'blocked' })

  const { url, requests } = await statuses(500)
  const schedule: number[] = []
  const { deliver } = sender({ schedule })
  schedule.push(0)
  expect((await deliver({ url, secret }, event)).status).toBe('exhausted')
  expect(requests.length).toBe(1)
})
