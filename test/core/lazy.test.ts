import { describe, expect, it } from 'vitest'
import { lazily } from '../../src/core/lazy'

/** Gives objects the length of a text, and tells of which texts it was asked; and their first letter. */
function makeLazy() {
  const asked: string[] = []
  const withLength = lazily('length', (text: string) => {
    asked.push(text)
    return text.length
  })
  const withFirst = lazily('first', (text: string) => text[0])
  return { asked, withLength, withFirst }
}

describe('lazily', () => {
  it('makes a property when it is first read, and never again', () => {
    const { asked, withLength, withFirst } = makeLazy()
    const object = withFirst(withLength({ id: 1 }, 'lazy'), 'other')
    expect(asked).toEqual([])
    expect([object.id, object.length, object.length, object.first]).toEqual([1, 4, 4, 'o'])
    expect(asked).toEqual(['lazy'])
  })

  it('keeps what it makes for one object from another', () => {
    const { withLength } = makeLazy()
    const [one, other] = [withLength({}, 'a'), withLength({}, 'bc')]
    expect([one.length, other.length, one.length]).toEqual([1, 2, 1])
  })

  it('gives the object itself', () => {
    const object = {}
    expect(makeLazy().withLength(object, 'a')).toBe(object)
  })

  it('shows the properties and nothing else', () => {
    const { withLength, withFirst } = makeLazy()
    const object = withFirst(withLength({}, 'shown'), 'shown')
    expect(Reflect.ownKeys(object)).toEqual(['length', 'first'])
    expect({ ...object }).toEqual({ length: 5, first: 's' })
  })

  it('has one getter for all', () => {
    const { withLength } = makeLazy()
    const getters = ['a', 'b'].map((text) => Object.getOwnPropertyDescriptor(withLength({}, text), 'length')?.get)
    expect(getters[0]).toBeTypeOf('function')
    expect(getters[1]).toBe(getters[0])
  })
})
