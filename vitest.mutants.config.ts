import { defineConfig } from 'vitest/config'
import { entries } from './tools/entries.ts'

const floors = process.env['MUTANT_TESTS'] ?? 'core,crypto,signing,schemes,idempotency,receiver'

/** The tests that hold the floors which are mutated, less those that start processes or servers. */
export default defineConfig({
  resolve: { alias: entries.map(({ specifier, source }) => ({ find: new RegExp(`^${specifier}$`), replacement: source })) },
  test: {
    include: floors.split(',').map((floor) => `test/${floor}/**/*.test.ts`),
    exclude: ['test/schemes/made.test.ts'],
    testTimeout: 20_000,
  },
})
