import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { root } from '../../tools/entries'

/** Documents that name the tests which hold what they say: a path, and after it what stands in the names of its tests. */
const documents = ['docs/security.md', 'docs/guarantees.md', 'docs/testing.md']

const evidenceOf = (document: string) => {
  const text = readFileSync(`${root}${document}`, 'utf8')
  return [...text.matchAll(/`((?:test|src\/testing)\/[^`]+\.ts)`((?:,? ?“[^”]+”)*)/g)].map(([, path = '', names = '']) => ({
    path,
    names: Array.from(names.matchAll(/“([^”]+)”/g), ([, name = '']) => name),
  }))
}

describe.each(documents)('%s', (document) => {
  const evidence = evidenceOf(document)

  it('names tests', () => expect(evidence).not.toEqual([]))

  it.each(evidence)('names $path, which is there', ({ path, names }) => {
    expect(existsSync(root + path)).toBe(true)
    const text = readFileSync(root + path, 'utf8')
    expect(names.filter((name) => !text.includes(name))).toEqual([])
  })
})
