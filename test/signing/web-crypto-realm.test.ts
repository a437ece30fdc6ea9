import { fileURLToPath } from 'node:url'
import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { optionsOf, vectors } from '../vectors/vectors'

const source = fileURLToPath(new URL('../../src/', import.meta.url))

/** A realm with the globals of an edge runtime and nothing of Node, with the library in it as a bundler would put it there. */
async function realm() {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { verify } from './index'\nimport { schemes } from './schemes/index'\nObject.assign(globalThis, { verify, schemes })`,
      resolveDir: source,
      loader: 'ts',
    },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
  })
  const code = outputFiles[0]?.text ?? ''
  expect(code).not.toMatch(/(from|import|require)\s*\(?["']node:/)
  const vm = new EdgeVM()
  vm.evaluate(code)
  return vm
}

it('every vector has the same answer where there is Web Crypto alone', async () => {
  const vm = await realm()
  expect(vm.evaluate('typeof process')).toBe('undefined')
  const { schemes, verify } = vm.context as unknown as typeof import('countersign') & typeof import('countersign/schemes')
  const answers: string[] = []
  for (const vector of vectors) {
    const scheme = schemes[vector.scheme]
    if (!scheme) continue
    const { now, ...options } = optionsOf(vector)
    const own = { ...options, ...(now && { now: vm.evaluate(`new Date(${now.getTime()})`) as Date }) }
    const answer = await verify(scheme, own).then(
      () => 'valid',
      (error) => (['VerificationError', 'ConfigurationError'].includes(error.name) ? 'invalid' : String(error)),
    )
    if (answer !== vector.expected) answers.push(`${vector.id}: ${answer}`)
  }
  expect(answers).toEqual([])
})
