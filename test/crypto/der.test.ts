import { describe, expect, it } from 'vitest'
import { readDer, readInteger, readSequence, tags, writeDer, writeInteger } from '../../src/crypto/der'

const bytes = (...values: number[]) => Uint8Array.from(values)
const filled = (length: number) => new Uint8Array(length).fill(7)

describe('readDer', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('reads what was written, of %i bytes', (length) => {
    const written = writeDer(tags.octets, filled(length))
    expect(readDer(written)).toEqual([{ tag: tags.octets, content: filled(length) }])
    expect(readDer(Uint8Array.from([...written, ...written]))).toHaveLength(2)
  })

  it.each<[string, Uint8Array]>([
    ['a length of two digits that one can hold', bytes(4, 0x81, 0x7f, ...filled(0x7f))],
    ['a length with a zero before it', bytes(4, 0x82, 0, 0x80, ...filled(0x80))],
    ['a length of four digits', bytes(4, 0x84, 1, 0, 0, 0, ...filled(16))],
    ['the indefinite length', bytes(4, 0x80, 7, 0, 0)],
    ['such a length for that of 128 bytes', bytes(4, 0x80, ...filled(0x80))],
    ['no length', bytes(4)],
    ['a tag of several bytes', bytes(0x1f, 1, 7)],
    ['such a tag inside of another class', bytes(0x9f, 1, 7)],
    ['less than it says', bytes(4, 2, 7)],
    ['less than it says, behind another value', bytes(4, 1, 7, 4, 2, 7)],
  ])('takes no %s', (_, given) => {
    expect(readDer(given)).toBeUndefined()
  })
})

describe('readSequence', () => {
  const [integer, octets] = [writeDer(tags.integer, bytes(1)), writeDer(tags.octets, bytes(2))]
  const sequence = writeDer(tags.sequence, integer, octets)

  it('gives the values, as long as they are of these tags and no others', () => {
    expect(readSequence(sequence, [tags.integer, tags.octets])).toEqual([bytes(1), bytes(2)])
    expect(readSequence(sequence, [tags.integer], true)).toEqual([bytes(1), bytes(2)])
    expect(readSequence(sequence, [tags.integer])).toBeUndefined()
    expect(readSequence(sequence, [tags.octets, tags.integer])).toBeUndefined()
    expect(readSequence(sequence, [tags.integer, tags.octets, tags.octets])).toBeUndefined()
    expect(readSequence(sequence, [tags.integer, tags.octets, tags.octets], true)).toBeUndefined()
  })

  it.each<[string, Uint8Array]>([
    ['another value', octets],
    ['a value behind it', Uint8Array.from([...sequence, ...octets])],
    ['nothing', bytes()],
    ['what is no DER', bytes(0x30, 5, 1)],
    ['what is no DER inside', writeDer(tags.sequence, bytes(2, 9, 1))],
  ])('takes no %s', (_, given) => {
    expect(readSequence(given, [tags.integer, tags.octets], true)).toBeUndefined()
    expect(readSequence(given, [], true)).toBeUndefined()
  })
})

describe('readInteger', () => {
  it.each<[Uint8Array, Uint8Array | undefined]>([
    [bytes(0), bytes()],
    [bytes(1), bytes(1)],
    [bytes(0x7f), bytes(0x7f)],
    [bytes(0, 0x80), bytes(0x80)],
    [bytes(0, 0x7f), undefined],
    [bytes(0, 0), undefined],
    [bytes(0x80), undefined],
    [bytes(0xff, 1), undefined],
    [bytes(), undefined],
  ])('of %o is %o', (content, digits) => {
    expect(readInteger(content)).toEqual(digits)
  })
})

describe('writeInteger', () => {
  it.each([
    ['no digits', bytes(), bytes(2, 1, 0)],
    ['zeros', bytes(0, 0), bytes(2, 1, 0)],
    ['a first bit that is no sign', bytes(0x7f), bytes(2, 1, 0x7f)],
    ['one that would be', bytes(0x80), bytes(2, 2, 0, 0x80)],
    ['zeros before its digits', bytes(0, 0, 1, 0), bytes(2, 2, 1, 0)],
  ])('writes a number of %s', (_, digits, written) => {
    expect(writeInteger(digits)).toEqual(written)
  })
})
