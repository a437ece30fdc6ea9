import { describe, expect, it } from 'vitest'
import { isWritable } from '../../src/core/field'

describe('a header can be sent', () => {
  it('whose name is a token and whose value has no control characters', () => {
    for (const name of ['a', 'X-Y_1', "!#$%&'*+-.^`|~"]) expect(isWritable(name, 'b')).toBe(true)
    for (const value of ['', 'b c\td', '~', '\x80\xff']) expect(isWritable('a', value)).toBe(true)
  })

  it('and no other', () => {
    for (const name of ['', 'a b', 'a:', ':a', ' a', 'a\n', 'ä', 'a=']) expect(isWritable(name, 'b')).toBe(false)
    for (const value of ['b\n', '\rb', '\0', 'b\x7f', '\u0100', 'b\nc: d']) expect(isWritable('a', value)).toBe(false)
  })
})
