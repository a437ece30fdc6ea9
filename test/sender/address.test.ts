import { BlockList } from 'node:net'
import { fc, it } from '@fast-check/vitest'
import { describe, expect, it as plain } from 'vitest'
import { contains, parseAddress, parseRange } from '../../src/sender/address'

describe('parseAddress', () => {
  plain.each([
    ['127.0.0.1', { bits: 32, value: 0x7f00_0001n }],
    ['255.255.255.255', { bits: 32, value: 0xffff_ffffn }],
    ['::', { bits: 128, value: 0n }],
    ['::1', { bits: 128, value: 1n }],
    ['1::', { bits: 128, value: 1n << 112n }],
    ['FE80::1:0:2', { bits: 128, value: (0xfe80n << 112n) | (1n << 32n) | 2n }],
    ['1:2:3:4:5:6:7:8', { bits: 128, value: 0x0001_0002_0003_0004_0005_0006_0007_0008n }],
    ['::ffff:127.0.0.1', { bits: 32, value: 0x7f00_0001n }],
    ['::ffff:7f00:1', { bits: 32, value: 0x7f00_0001n }],
    ['0:0:0:0:0:FFFF:7f00:0001', { bits: 32, value: 0x7f00_0001n }],
    ['::127.0.0.1', { bits: 128, value: 0x7f00_0001n }],
    ['64:ff9b::127.0.0.1', { bits: 128, value: (0x64_ff9bn << 96n) | 0x7f00_0001n }],
  ])('reads %s', (text, address) => expect(parseAddress(text)).toEqual(address))

  plain.each([
    '',
    '127.1',
    '0x7f.0.0.1',
    '127.0.0.1.',
    '0127.0.0.1',
    'fe80::1%eth0',
    '::ffff:127.0.0.1%lo',
    '[::1]',
    'localhost',
    '1::2::3',
  ])('refuses %s', (text) => expect(parseAddress(text)).toBeUndefined())
})

describe('parseRange', () => {
  plain.each([
    ['10.0.0.0/8', 32, 8],
    ['0.0.0.0/0', 32, 0],
    ['10.1.2.3', 32, 32],
    ['fc00::/7', 128, 7],
    ['::1', 128, 128],
    ['::ffff:10.0.0.0/104', 32, 8],
  ])('reads %s', (text, bits, prefixBits) => expect(parseRange(text)).toMatchObject({ bits, prefixBits }))

  plain.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10/8',
    '::/129',
    '::ffff:10.0.0.0/95',
    'localhost/8',
    'fe80::%1/64',
  ])('refuses %j', (text) => expect(parseRange(text)).toBeUndefined())

  it.prop([fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.oneof(fc.ipV4(), fc.nat(0xffff))], { numRuns: 500 })(
    'agrees with Node about IPv4',
    (network, prefix, other) => {
      // Half of the addresses near the network, so that both answers occur.
      const address =
        typeof other === 'string' ? other : `${network.split('.').slice(0, 2).join('.')}.${other >> 8}.${other & 255}`
      expect(isInOurs(network, prefix, address)).toBe(isInNodes(network, prefix, address, 'ipv4'))
    },
  )

  it.prop([fc.ipV6(), fc.integer({ min: 1, max: 128 }), fc.oneof(fc.ipV6(), fc.nat(0xffff))], { numRuns: 500 })(
    'agrees with Node about IPv6',
    (network, prefix, other) => {
      const canonical = new URL(`http://[${network}]`).hostname.slice(1, -1)
      const address = typeof other === 'string' ? other : canonical.replace(/:[0-9a-f]*$/, `:${other.toString(16)}`)
      fc.pre(parseAddress(network)?.bits === 128 && parseAddress(address)?.bits === 128)
      expect(isInOurs(network, prefix, address)).toBe(isInNodes(network, prefix, address, 'ipv6'))
    },
  )
})

function isInOurs(network: string, prefix: number, text: string) {
  const range = parseRange(`${network}/${prefix}`)
  const address = parseAddress(text)
  if (!range || !address) throw new Error(`Not read: ${network}/${prefix}, ${text}`)
  return contains(range, address)
}

function isInNodes(network: string, prefix: number, address: string, family: 'ipv4' | 'ipv6') {
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return list.check(address, family)
}
