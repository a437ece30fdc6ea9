import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { root } from '../../tools/entries'
import { startPostgres } from '../servers/postgres'
import { bundleFile } from '../stores/sqlite-files'
import { nodes } from './binaries'

const isHere = nodes['24'] !== undefined && existsSync(`${root}test/runtimes/node_modules/pg-boss`)
const server = isHere ? await startPostgres() : undefined
afterAll(() => server?.stop())

// Loudly, where it or a Node that it runs on is missing; under CI that is a failure.
if (!isHere) test.skipIf(!process.env['CI'])('there is pg-boss 12', () => expect.fail('npm ci --prefix test/runtimes'))
test.skipIf(!server)('the outbox and the inbox run on pg-boss 12, on Node 24', { timeout: 60_000 }, async () => {
  const program = await bundleFile('test/runtimes/pg-boss-program.ts')
  const { stdout } = await promisify(execFile)(nodes['24'] ?? '', ['--no-warnings', program, server?.url ?? ''])
  expect(JSON.parse(stdout)).toEqual({
    inTransaction: 'accepted',
    puts: ['accepted', 'duplicate'],
    dead: [['msg_1', 'shop', 2, 'disabled']],
    redelivered: true,
    seen: [
      ['msg_1', 503],
      ['msg_1', 410],
      ['msg_1', 200],
    ],
    acknowledged: ['accepted', 'duplicate'],
    handled: ['msg_1'],
  })
})
