import { describe, expect, it } from 'vitest'
import { readPointer } from '../../src/core/pointer'

describe('readPointer', () => {
  const document = JSON.parse(
    '{"id":"evt_1","n":7,"a":{"b":["x",{"c":"deep"}]},"a/b":"slash","m~n":"tilde","z":null,"t":true,"most":9007199254740991,"least":-9007199254740991,"half":0.5,"__proto__":{"own":"yes"}}',
  )

  it.each([
    ['/id', 'evt_1'],
    ['/n', '7'],
    ['/a/b/0', 'x'],
    ['/a/b/1/c', 'deep'],
    ['/a~1b', 'slash'],
    ['/m~0n', 'tilde'],
    ['/__proto__/own', 'yes'],
    ['/most', '9007199254740991'],
    ['/least', '-9007199254740991'],
    ['/half', '0.5'],
  ])('%s is %s', (pointer, text) => expect(readPointer(document, pointer)).toBe(text))

  it.each(['', '/none', '/id/length', '/a', '/z', '/z/x', '/t', '/toString', '/a/constructor/name'])(
    '%s is nothing',
    (pointer) => {
      expect(readPointer(document, pointer)).toBeUndefined()
    },
  )

  it.each(['9007199254740992', '9007199254740993', '-9007199254740992', '1e400'])(
    'takes %s, which another number may be read as, for nothing',
    (number) => expect(readPointer(JSON.parse(`{"id":${number}}`), '/id')).toBeUndefined(),
  )

  it('reads nothing of what is no document', () => {
    for (const value of [undefined, null, 'text', 7]) expect(readPointer(value, '/id')).toBeUndefined()
  })
})
