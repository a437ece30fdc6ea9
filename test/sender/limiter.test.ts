import * as fc from 'fast-check'
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

  it('waits for no end of one that is in', async () => {
    const { visit, leave } = visitors(1)
    let waited = 0
    const onOver = () => {
      waited++
      return () => void waited--
    }
    await visit('a')
    const visited = visit('b', 'room', { isOver: false, onOver })
    expect(waited).toBe(1)
    leave('a')
    expect(await visited).toBe(true)
    expect(waited).toBe(0)
  })

  it('lets nobody in whose end has come', async () => {
    const { visit } = visitors(1)
    expect(await visit('a', 'room', createEndings().of(AbortSignal.abort()))).toBe(false)
    expect(await visit('b')).toBe(true)
  })

  it('keeps the order they came in, whoever leaves or gives up meanwhile', async () => {
    const steps = fc.array(fc.record({ kind: fc.constantFrom('visit', 'leave', 'give up'), who: fc.nat(20) }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (all, most) => {
        const { inside, visit, leave } = visitors(most)
        const [model, line]: [string[], Map<string, AbortController>] = [[], new Map()]
        for (const [number, { kind, who }] of all.entries()) {
          const name = `${number}`
          if (kind === 'visit') {
            const controller = new AbortController()
            void visit(name, 'room', createEndings().of(controller.signal))
            line.set(name, controller)
          }
          if (kind === 'leave' && model.length > 0) leave(model.splice(who % model.length, 1)[0] as string)
          if (kind === 'give up' && line.size > 0) {
            const [waiting, controller] = [...line][who % line.size] as [string, AbortController]
            controller.abort()
            line.delete(waiting)
          }
          for (const next of [...line.keys()].slice(0, most - model.length)) {
            model.push(next)
            line.delete(next)
          }
          await settled()
          expect(inside).toEqual(model)
        }
      }),
    )
  })
})
