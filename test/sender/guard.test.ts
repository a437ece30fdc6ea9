import type { LookupAddress, LookupOptions } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { createGuard, type GuardOptions } from '../../src/sender/guard'
import { BlockedError, guardLookup } from '../../src/sender/lookup'

const permits = (url: string, options: GuardOptions = {}) => createGuard(options).permits(new URL(url))

/** What a guarded look-up finds, where the network says `answer`. */
function find(answer: string | LookupAddress[] | Error, options: GuardOptions = {}, asked: LookupOptions = { all: true }) {
  const lookup = guardLookup(createGuard(options), (_, { all }, callback) => {
    expect(all).toBe(true)
    if (answer instanceof Error) callback(answer, [])
    else callback(null, answer)
  })
  return new Promise((resolve, reject) => {
    lookup('name.example', asked, (error, address, family) => (error ? reject(error) : resolve([address, family])))
  })
}
const addresses = (...some: string[]): LookupAddress[] =>
  some.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('the addresses that may be called', () => {
  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.0.1',
    '172.15.0.1',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.0.1',
    '198.17.0.1',
    '198.20.0.0',
    '203.0.112.1',
    '223.255.255.255',
    '168.63.129.15',
  ])('are public IPv4: %s', (address) => expect(permits(`http://${address}/`)).toBe(true))

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
  ])('are not %s', (address) => expect(permits(`http://${address}/`)).toBe(false))

  it.each(['2606:4700::1111', '2a00:1450:4001::1', '2001:200::1', '2001:4860:4860::8888', '3ffe::1'])(
    'are public IPv6: %s',
    (address) => expect(permits(`http://[${address}]/`)).toBe(true),
  )

  it.each([
    '::',
    '::1',
    '::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:1ff::1',
    '2001:db8::1',
    '2002:808:808::1',
    '3fff::1',
    '3fff:fff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '::ffff:10.0.0.1',
  ])('are not %s', (address) => expect(permits(`http://[${address}]/`)).toBe(false))

  it('are the IPv4 ones in IPv6 clothes too', () => expect(permits('http://[::ffff:8.8.8.8]/')).toBe(true))
})

describe('what is allowed in so many words', () => {
  it('may be called, and its neighbours may not', () => {
    const allow = ['10.1.0.0/16', 'fc00::/7', '192.168.1.7']
    for (const host of ['10.1.2.3', '[::ffff:10.1.2.3]', '[fd12::1]', '192.168.1.7', '8.8.8.8'])
      expect(permits(`http://${host}/`, { allow }), host).toBe(true)
    for (const host of ['10.2.0.1', '[fe80::1]', '192.168.1.8', '[::1]'])
      expect(permits(`http://${host}/`, { allow }), host).toBe(false)
  })

  it.each([
    ['169.254.169.254', '169.254.0.0/16', '169.254.169.254/31'],
    ['168.63.129.16', '168.63.0.0/16', '0.0.0.0/0'],
    ['[fd00:ec2::254]', 'fd00::/8', 'fd00:ec2::/64'],
    ['[::ffff:169.254.169.254]', '169.254.0.0/16', '::ffff:0:0/96'],
    ['169.254.170.2', '169.254.0.0/16', '169.254.170.0/24'],
    ['100.100.100.200', '100.64.0.0/10', '100.100.0.0/16'],
  ])('holds the metadata at %s by its exact address alone', (host, ...wider) => {
    const address = host.replace(/[[\]]/g, '')
    for (const range of wider) expect(permits(`http://${host}/`, { allow: [range] }), range).toBe(false)
    const bits = address.includes(':') ? 128 : 32
    for (const exact of [address, `${address}/${bits}`])
      expect(permits(`http://${host}/`, { allow: [exact, ...wider] }), exact).toBe(true)
  })

  it('leads through a translator to where one may go', () => {
    const allow = ['64:ff9b::/96']
    expect(permits('http://[64:ff9b::8.8.8.8]/', { allow })).toBe(true)
    for (const inner of ['127.0.0.1', '10.0.0.1', '169.254.169.254'])
      expect(permits(`http://[64:ff9b::${inner}]/`, { allow })).toBe(false)
    expect(permits('http://[64:ff9b::10.0.0.1]/', { allow: [...allow, '10.0.0.0/8'] })).toBe(true)
  })

  it.each([['10.0.0.0/33'], ['nonsense'], [''], ['10.0.0/8'], ['10.0.0.0/8 '], [7], [undefined]])(
    'is a range: %j is refused',
    (range) => {
      expect(() => createGuard({ allow: [range as string] })).toThrow(
        /^Expected `guard.allow` to be ranges in CIDR notation, got /,
      )
    },
  )

  it.each([[{ allow: '10.0.0.0/8' }], [{ ports: 80 }], [{ ports: [0] }], [{ ports: [65_536] }], [true], [null]])(
    'has a form: %j is refused',
    (options) => {
      expect(() => createGuard(options as GuardOptions)).toThrow(/^Expected `guard/)
    },
  )
})

describe('what else a URL shows', () => {
  it.each([
    'http://1.1.1.1/',
    'https://1.1.1.1/',
    'http://1.1.1.1:443/',
    'https://1.1.1.1:80/',
    'https://name.example/a?b',
    'HTTPS://name.example:443',
  ])('is right in %s', (url) => expect(permits(url)).toBe(true))

  it.each([
    'http://1.1.1.1:8080/',
    'https://name.example:22/',
    'http://user@name.example/',
    'http://:password@name.example/',
    'ftp://name.example/',
    'ftp://name.example:443/',
    'file:///etc/passwd',
    'ws://name.example/',
    'data:,a',
    'javascript:0',
  ])('is wrong in %s', (url) => expect(permits(url)).toBe(false))

  it('may be other ports, in place of the two', () => {
    expect(permits('http://1.1.1.1:8080/', { ports: [8080] })).toBe(true)
    expect(permits('http://1.1.1.1/', { ports: [8080] })).toBe(false)
  })
})

describe('the look-up', () => {
  it('gives all the addresses or the first, as it was asked', async () => {
    const good = addresses('1.1.1.1', '2606:4700::1111')
    expect(await find(good)).toEqual([good, undefined])
    expect(await find(good, {}, {})).toEqual(['1.1.1.1', 4])
    expect(await find('1.1.1.1')).toEqual([addresses('1.1.1.1'), undefined])
  })

  it.each([
    [['127.0.0.1']],
    [['1.1.1.1', '10.0.0.1']],
    [['::1', '1.1.1.1']],
    [['1.1.1.1', '::ffff:127.0.0.1']],
    [['fe80::1%eth0']],
    [['2606:4700::1111%eth0']],
    [['nonsense']],
    [[]],
  ])('refuses %j', async (found) => {
    await expect(find(addresses(...found))).rejects.toBeInstanceOf(BlockedError)
    // It tells nobody what the name stands for.
    await expect(find(addresses(...found))).rejects.toThrow(/^Blocked$/)
  })

  it('gives what is allowed', async () => {
    expect(await find(addresses('127.0.0.1'), { allow: ['127.0.0.0/8'] }, {})).toEqual(['127.0.0.1', 4])
  })

  it('hands a failure on', async () => {
    await expect(find(new Error('no such name'))).rejects.toThrow('no such name')
  })

  it('are none where a look-up of somebody else’s gives nothing at all', async () => {
    await expect(find(undefined as never)).rejects.toBeInstanceOf(BlockedError)
  })
})

it('lets everything through where it is switched off', () => {
  const guard = createGuard(false)
  expect([guard.permits(new URL('http://127.0.0.1:1/')), guard.permitsAddress('127.0.0.1')]).toEqual([true, true])
})
