import { explain } from 'countersign/explain'
import { schemes } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { optionsOf, vectors } from '../vectors/vectors'

const known = vectors.flatMap((vector) => {
  const scheme = schemes[vector.scheme]
  return scheme ? [{ ...vector, scheme }] : []
})

describe('has something to say of every vector', () => {
  it.each(known.map((vector) => [vector.id, vector.expected, vector] as const))('%s (%s)', async (_, expected, vector) => {
    const explanation = await explain(vector.scheme, optionsOf({ ...vector, scheme: vector.scheme.name }))
    expect(explanation.outcome === 'verifies').toBe(expected === 'valid')
  })

  it('names what was done to a header, a time or a body', async () => {
    const causes = async (end: string) => {
      const some = known.filter(({ id }) => id.endsWith(end))
      const explained = some.map((vector) => explain(vector.scheme, optionsOf({ ...vector, scheme: vector.scheme.name })))
      return new Set((await Promise.all(explained)).map((explanation) => 'cause' in explanation && explanation.cause))
    }
    expect(await causes('/missing-signature')).toEqual(new Set(['header_missing']))
    expect(await causes('/missing-timestamp')).toEqual(new Set(['header_missing']))
    expect(await causes('/duplicate-signature-array')).toEqual(new Set(['header_duplicated']))
    expect(await causes('/future')).toEqual(new Set(['timestamp_too_new']))
    expect(await causes('/reserialised')).toEqual(new Set(['body_reserialized']))
    expect(await causes('/wrong-secret')).toEqual(new Set([false]))
  })
})
