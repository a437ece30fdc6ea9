import { describe, expect, it } from 'vitest'
import { createEndings } from '../../src/sender/ending'
import { createLimiter } from '../../src/sender/limiter'

const never = createEndings().of()
const settled = () => new Promise((resolve) => setImmediate(resolve))

function visitors(most: number) {
  const limiter = createLimiter(most)
  const inside: string[] = []
  const leavers = new Map<string, () => void>()
  return {
    inside,
    async visit(who: string, room = 'room', ending = never) {
      const leave = await limiter.enter(room, ending)
      if (!leave) return false
      inside.push(who)
      leavers.set(who, leave)
      return true
    },
    leave(who: string) {
      inside.splice(inside.indexOf(who), 1)
      leavers.get(who)?.()
    },
  }
}

describe('createLimiter', () => {
  it('lets so many in, and the others in the order they came', async () => {
    const { inside, visit, leave } = visitors(2)
    for (const who of ['a', 'b', 'c', 'd']) void visit(who)
    await settled()
    expect(inside).toEqual(['a', 'b'])
    leave('b')
    // Came when there was a place, but not the first to wait for it.
    void visit('e')
    await settled()
    expect(inside).toEqual(['a', 'c'])
    leave('a')
    leave('c')
    await settled()
    expect(inside).toEqual(['d', 'e'])
  })

  it('has a room for each name', async () => {
    const { inside, visit } = visitors(1)
    void visit('a', 'one')
    void visit('b', 'other')
    await settled()
    expect(inside).toEqual(['a', 'b'])
  })

  it('is as large as before once everyone has left', async () => {
    const { inside, visit, leave } = visitors(1)
    for (const who of ['a', 'b']) {
      await visit(who)
      leave(who)
    }
    for (const who of ['c', 'd']) void visit(who)
    await settled()
    expect(inside).toEqual(['c'])
  })

  it('lets whoever is told to end leave the queue, and nobody else', async () => {
    const { inside, visit, leave } = visitors(1)
    const controller = new AbortController()
    void visit('a')
    const ended = visit('b', 'room', createEndings().of(controller.signal))
    void visit('c')
    controller.abort()
    expect(await ended).toBe(false)
    leave('a')
    await settled()
    expect(inside).toEqual(['c'])
  })

  it('lets nobody in whose end has come', async () => {
    const { visit } = visitors(1)
    expect(await visit('a', 'room', createEndings().of(AbortSignal.abort()))).toBe(false)
    expect(await visit('b')).toBe(true)
  })
})
