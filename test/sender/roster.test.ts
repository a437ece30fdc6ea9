import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRoster } from '../../src/sender/roster'

describe('createRoster', () => {
  it('holds whoever joined and has not left, whatever the order', () => {
    const steps = fc.array(fc.record({ kind: fc.constantFrom('join', 'leave', 'take'), who: fc.nat(20) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (all) => {
        const roster = createRoster<number>()
        const model = new Map<number, () => void>()
        for (const [number, { kind, who }] of all.entries()) {
          if (kind === 'join') model.set(number, roster.join(number))
          const [key, leave] = [...model][who % model.size] ?? []
          if (kind === 'leave') {
            // Twice: the second time changes nothing.
            leave?.()
            leave?.()
            model.delete(key as number)
          }
          if (kind === 'take') {
            const taken: number[] = []
            roster.takeOut(
              (member) => member % 3 === who % 3,
              (member) => taken.push(member),
            )
            const due = [...model.keys()].filter((member) => member % 3 === who % 3)
            expect(taken.sort()).toEqual(due.sort())
            for (const member of due) model.delete(member)
          }
          expect(roster.isEmpty()).toBe(model.size === 0)
        }
        const rest: number[] = []
        roster.takeOut(
          () => true,
          (member) => rest.push(member),
        )
        expect(rest.sort()).toEqual([...model.keys()].sort())
      }),
    )
  })

  it('does not visit one that left before its turn, and visits nobody twice', () => {
    const roster = createRoster<string>()
    const leave = new Map(['a', 'b', 'c', 'd'].map((name) => [name, roster.join(name)]))
    const visited: string[] = []
    roster.takeOut(
      () => true,
      (name) => {
        visited.push(name)
        // Whoever is first takes two along, and somebody new comes in, who may be visited or not.
        if (visited.length > 1) return
        for (const other of ['a', 'b']) if (other !== name) leave.get(other)?.()
        roster.join('new')
      },
    )
    expect(visited.filter((name) => name !== 'new')).toEqual(['d', 'c'])
    expect(new Set(visited).size).toBe(visited.length)
  })
})
