import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^countersign$/, replacement: source('index.ts') },
      { find: /^countersign\/(schemes|idempotency|sender|testing)$/, replacement: source('$1/index.ts') },
      { find: /^countersign\/stores\/(.+)$/, replacement: source('stores/$1.ts') },
      { find: /^countersign\/(express|fastify|fetch|node)$/, replacement: source('adapters/$1.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'] },
})
