import { describe, expect, it } from 'vitest'
import { lazily } from '../../src/core/lazy'

/** Makes objects with the length of a text and its first letter, and tells of which texts they were asked. */
function makeLazy() {
  const asked: string[] = []
  const textOf = lazily(() => ({ id: 0 }), {
    length(text: string) {
      asked.push(text)
      return text.length
    },
    first: (text: string) => text[0],
  })
  return { asked, textOf }
}

/** More than are made at a time. */
const many = Array.from({ length: 100 }, (_, index) => index)

describe('lazily', () => {
  it('makes a property when it is first read, and never again', () => {
    const { asked, textOf } = makeLazy()
    const text = textOf('lazy')
    text.id = 1
    expect(asked).toEqual([])
    expect([text.id, text.length, text.length, text.first]).toEqual([1, 4, 4, 'l'])
    expect(asked).toEqual(['lazy'])
  })

  it('gives another object each time, of which each has its own', () => {
    const { textOf } = makeLazy()
    const texts = many.map((index) => Object.assign(textOf('x'.repeat(index)), { id: index }))
    expect(new Set(texts).size).toBe(many.length)
    expect(texts.map(({ length }) => length)).toEqual(many)
    expect(texts.map(({ id }) => id)).toEqual(many)
  })

  it('shows the fields and the properties, and nothing else', () => {
    const { textOf } = makeLazy()
    for (const _ of many) {
      const text = textOf('shown')
      expect(Reflect.ownKeys(text)).toEqual(['id', 'length', 'first'])
      expect({ ...text }).toEqual({ id: 0, length: 5, first: 's' })
    }
  })

  it('makes one first, then more at a time, and sixteen at most', () => {
    let made = 0
    const textOf = lazily(() => ({ id: ++made }), { length: (text: string) => text.length })
    const seen = many.map((index) => {
      textOf(`${index}`)
      return made
    })
    expect([...new Set(seen)]).toEqual([1, 3, 7, 15, 31, 47, 63, 79, 95, 111])
  })

  it('has one getter for all', () => {
    const { textOf } = makeLazy()
    const getters = many.map((index) => Object.getOwnPropertyDescriptor(textOf(`${index}`), 'length')?.get)
    expect(getters[0]).toBeTypeOf('function')
    expect(new Set(getters).size).toBe(1)
  })
})
