import { defineConfig } from 'vitest/config'
import { entries } from './tools/entries.ts'
import { closingLine } from './tools/reporter.ts'

const complete = { lines: 100, branches: 100, statements: 100, functions: 100 }

export default defineConfig({
  resolve: { alias: entries.map(({ specifier, source }) => ({ find: new RegExp(`^${specifier}$`), replacement: source })) },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Vitest leaves one core free, which on a machine with two is half of it; most tests here wait for something else.
    maxWorkers: '100%',
    // Machines with two cores are busy: real servers, compilers and processes take their time there.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A connection to a PostgreSQL server that a test has killed may say so when nobody holds it any more.
    onUnhandledError: (error) => ('code' in error && error['code'] === '57P01' ? false : undefined),
    reporters: ['default', closingLine()],
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text', 'html'],
      thresholds: Object.fromEntries(
        ['core', 'crypto', 'signing', 'idempotency', 'receiver'].map((floor) => [`src/${floor}/**`, complete]),
      ),
    },
  },
})
