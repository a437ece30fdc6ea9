import { describe, expect, it, vi } from 'vitest'
import { createEndings } from '../../src/sender/ending'

describe('createEndings', () => {
  it.each(['signal', 'endAll'])('acts once when the end comes by %s, and only on what is still under way', (by) => {
    const controller = new AbortController()
    const endings = createEndings()
    const ending = endings.of(controller.signal)
    const [act, calledOff] = [vi.fn(), vi.fn()]
    ending.onOver(act)
    ending.onOver(calledOff)()
    expect(ending.isOver).toBe(false)
    if (by === 'signal') controller.abort()
    else endings.endAll()
    expect([ending.isOver, act.mock.calls.length, calledOff.mock.calls.length]).toEqual([true, 1, 0])
  })

  it('keeps what acts in the same way apart', () => {
    const endings = createEndings()
    const act = vi.fn()
    endings.of().onOver(act)
    endings.of().onOver(act)()
    endings.endAll()
    expect(act).toHaveBeenCalledTimes(1)
  })

  it('ends one call by its signal, and all by the end of all', () => {
    const endings = createEndings()
    const [ended, other] = [endings.of(AbortSignal.abort()), endings.of()]
    expect([ended.isOver, other.isOver]).toEqual([true, false])
    endings.endAll()
    expect([other.isOver, endings.of().isOver]).toEqual([true, true])
  })
})
