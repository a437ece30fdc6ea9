import { describe, expect, it } from 'vitest'
import { lazily } from '../../src/core/lazy'

/** Gives objects the length and the first letter of a text, and tells of which texts the length was asked. */
function makeLazy() {
  const asked: string[] = []
  const withLength = lazily<{ text: string }, { length: number; first: string | undefined }>({
    length({ text }) {
      asked.push(text)
      return text.length
    },
    first: ({ text }) => text[0],
  })
  return { asked, withLength }
}

describe('lazily', () => {
  it('makes a property when it is first read, and never again', () => {
    const { asked, withLength } = makeLazy()
    const object = withLength({ id: 1 }, { text: 'lazy' })
    expect(asked).toEqual([])
    expect([object.id, object.length, object.length, object.first]).toEqual([1, 4, 4, 'l'])
    expect(asked).toEqual(['lazy'])
  })

  it('keeps what it makes for one object from another', () => {
    const { withLength } = makeLazy()
    const [one, other] = [withLength({}, { text: 'a' }), withLength({}, { text: 'bc' })]
    expect([one.length, other.length, one.length]).toEqual([1, 2, 1])
  })

  it('leaves a property that is there', () => {
    const { asked, withLength } = makeLazy()
    const object = withLength({ length: 7 }, { text: 'there' })
    expect([object.length, object.first]).toEqual([7, 't'])
    expect(asked).toEqual([])
  })

  it('shows the properties and nothing else', () => {
    const object = makeLazy().withLength({}, { text: 'shown' })
    expect(Object.keys(object)).toEqual(['length', 'first'])
    expect({ ...object }).toEqual({ length: 5, first: 's' })
  })
})
