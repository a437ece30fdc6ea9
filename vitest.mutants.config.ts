import { defineConfig } from 'vitest/config'
import { entries } from './tools/entries.ts'

/** The tests that hold the floors which are mutated, less those that start processes or servers. */
export default defineConfig({
  resolve: { alias: entries.map(({ specifier, source }) => ({ find: new RegExp(`^${specifier}$`), replacement: source })) },
  test: {
    include: ['core', 'crypto', 'signing', 'schemes', 'idempotency', 'receiver'].map((floor) => `test/${floor}/**/*.test.ts`),
    exclude: ['test/schemes/made.test.ts'],
  },
})
