import { describe, expect, test } from 'vitest'
import { createGate } from '../../src/stores/gate'

describe('a gate', () => {
  test('lets so many through at once, in the order in which they came, also past failures', async () => {
    const gate = createGate(3)
    const order: number[] = []
    let inside = 0
    let most = 0
    const passes = Array.from({ length: 50 }, (_, index) =>
      gate(async () => {
        order.push(index)
        most = Math.max(most, ++inside)
        await Promise.resolve()
        inside--
        if (index % 3 === 0) throw new Error(`${index}`)
        return index
      }),
    )
    const ends = await Promise.allSettled(passes)
    expect(most).toBe(3)
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index))
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(17)
    // All places are free again.
    most = 0
    await Promise.all(Array.from({ length: 3 }, () => gate(async () => void (most = Math.max(most, ++inside)))))
    expect(most).toBe(3)
  })
})
