import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from '../../tools/entries'
import { everyPackage, makePage, packagesOf, strangersIn } from '../../tools/licences'

it('knows the licence of everything that the project is developed with', () => {
  const packages = everyPackage()
  expect(packages.length).toBeGreaterThan(500)
  expect(strangersIn(packages)).toEqual([])
})

it('refuses a licence that nobody has looked at, also of a package that has an exception', () => {
  const lock = {
    '': { license: 'MIT' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/a/node_modules/b': { license: 'GPL-3.0-or-later' },
    'node_modules/@c/d': {},
    'node_modules/e': { license: '(MIT OR GPL-3.0-or-later)' },
    'node_modules/f': { license: 'MIT AND GPL-3.0-or-later' },
    'node_modules/caniuse-lite': { license: 'CC-BY-4.0' },
    'node_modules/lightningcss-linux-x64-gnu': { license: 'SSPL-1.0' },
    'node_modules/g': { link: true },
  }
  expect(strangersIn(packagesOf(JSON.stringify({ packages: lock })))).toEqual([
    'b: GPL-3.0-or-later',
    '@c/d: none',
    'f: MIT AND GPL-3.0-or-later',
    'lightningcss-linux-x64-gnu: SSPL-1.0',
  ])
})

it('docs/licences.md is made of the lock files', () => {
  expect(readFileSync(`${root}docs/licences.md`, 'utf8'), 'Expected `npm run licences` after a change of a lock').toBe(makePage())
})
