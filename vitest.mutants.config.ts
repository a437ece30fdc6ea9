import { defineConfig } from 'vitest/config'
import { entries } from './tools/entries.ts'

const floors = ['core', 'crypto', 'signing', 'schemes', 'idempotency', 'receiver']

/** The tests that hold the floors which are mutated, less those that start processes or servers; `MUTANT_TESTS` chooses some. */
export default defineConfig({
  resolve: { alias: entries.map(({ specifier, source }) => ({ find: new RegExp(`^${specifier}$`), replacement: source })) },
  test: {
    include: (process.env['MUTANT_TESTS']?.split(',') ?? floors).map((floor) => `test/${floor}/**/*.test.ts`),
    exclude: ['test/schemes/made.test.ts'],
    testTimeout: 20_000,
  },
})
