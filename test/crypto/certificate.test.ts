import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/core/errors'
import { readCertificate } from '../../src/crypto/certificate'
import { writeDer } from '../../src/crypto/der'
import { keyPair } from '../../src/crypto/key-pair'
import { subscription } from '../../src/crypto/subscription'

const text = (tag: number, value: string) => writeDer(tag, new TextEncoder().encode(value))
const utc = (value: string) => text(0x17, value)
const general = (value: string) => text(0x18, value)
const sequence = (...parts: Uint8Array[]) => writeDer(0x30, ...parts)
const key = new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }))
const version = writeDer(0xa0, writeDer(0x02, Uint8Array.of(2)))
const [number, name] = [writeDer(0x02, Uint8Array.of(1)), sequence()]

/** A certificate of these fields; its own signature is none. */
const certificate = (...fields: Uint8Array[]) => sequence(sequence(...fields), sequence(), writeDer(0x03, Uint8Array.of(0)))
const valid = sequence(utc('260101000000Z'), utc('270101000000Z'))
const pem = (bytes: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE-----\n`
const read = (validity: Uint8Array) => readCertificate(pem(certificate(version, number, name, name, validity, name, key)))

describe('a certificate', () => {
  it('is read with its version and without', () => {
    const expected = { publicKey: key, notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') }
    expect(readCertificate(pem(certificate(version, number, name, name, valid, name, key)))).toEqual(expected)
    expect(readCertificate(pem(certificate(number, name, name, valid, name, key)))).toEqual(expected)
    expect(readCertificate(`\n${pem(certificate(number, name, name, valid, name, key))}${pem(sequence())}`)).toEqual(expected)
  })

  it('has times of this century and the last, in two forms', () => {
    expect(read(sequence(utc('500101000000Z'), utc('491231235959Z')))).toMatchObject({
      notBefore: new Date('1950-01-01T00:00:00Z'),
      notAfter: new Date('2049-12-31T23:59:59Z'),
    })
    expect(read(sequence(general('20500101000000Z'), general('99991231235959Z')))).toMatchObject({
      notBefore: new Date('2050-01-01T00:00:00Z'),
      notAfter: new Date('9999-12-31T23:59:59Z'),
    })
  })

  it.each([
    ['a month that is none', sequence(utc('261301000000Z'), utc('270101000000Z'))],
    ['a digit before it', sequence(utc('1260101000000Z'), utc('270101000000Z'))],
    ['a digit behind it', sequence(utc('260101000000Z0'), utc('270101000000Z'))],
    ['a zone', sequence(utc('260101000000+0100'), utc('270101000000Z'))],
    ['the long form in the short one’s place', sequence(utc('20260101000000Z'), utc('270101000000Z'))],
    ['the short form in the long one’s place', sequence(general('260101000000Z'), utc('270101000000Z'))],
    ['one time', sequence(utc('260101000000Z'))],
    ['no time', sequence()],
    ['a time where two belong', utc('260101000000Z')],
  ])('is none with %s', (_, validity) => expect(read(validity)).toBeUndefined())

  it.each([
    ['nothing', ''],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['base64 that is none', '-----BEGIN CERTIFICATE-----\nA=AA\n-----END CERTIFICATE-----'],
    ['no DER', pem(Uint8Array.of(0x30, 0x05, 1))],
    ['no sequence', pem(number)],
    ['a sequence of nothing', pem(sequence())],
    ['two', pem(Buffer.concat([certificate(number, name, name, valid, name, key), sequence()]))],
    ['no fields', pem(certificate())],
    ['no key', pem(certificate(number, name, name, valid, name))],
    ['a key that is none', pem(certificate(number, name, name, valid, name, number))],
  ])('is not read out of %s', (_, given) => expect(readCertificate(given)).toBeUndefined())
})

it('a subscription is no key: it verifies nothing by itself, and signs nothing', () => {
  const topics = subscription('the name of a topic', /^topic$/)
  const verifier = topics.verifier('topic', { encoding: 'utf8' })
  expect(topics.name).toBe('rsa-sha256')
  expect(verifier.name).toBe('topic')
  expect(verifier.matches(['a'], [Uint8Array.of(1)])).toBe(false)
  expect(() => topics.verifier('other', { encoding: 'utf8' })).toThrow('to be the name of a topic')
  expect(() => topics.signer('topic', { encoding: 'utf8' })).toThrow(ConfigurationError)
  expect(() => topics.signer('topic', { encoding: 'utf8' })).toThrow('only the provider can sign')
})

it('a key pair answers at once where node:crypto is', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const halves = {
    public: publicKey.export({ format: 'der', type: 'spki' }),
    private: privateKey.export({ format: 'der', type: 'pkcs8' }),
  }
  const pair = keyPair({
    name: 'x',
    web: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    readKey: (_secret, _format, side) => Uint8Array.from(halves[side]),
  })
  const signature = pair.signer('a', { encoding: 'utf8' }).sign(['body']) as Uint8Array
  expect(verify('sha256', Buffer.from('body'), publicKey, signature)).toBe(true)
  expect(pair.verifier('a', { encoding: 'utf8' }).matches(['body'], [signature])).toBe(true)
})

it('what the runtime says of a key that it cannot use is not passed on', () => {
  const broken = keyPair({
    name: 'x',
    web: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    readKey: () => Uint8Array.of(1),
  })
  expect(() => broken.verifier('a', { encoding: 'utf8' })).toThrow('to be a key that this runtime can use')
  expect(() => broken.signer('a', { encoding: 'utf8' })).toThrow('to be a key that this runtime can use')
})
