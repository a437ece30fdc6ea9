import type { Plugin } from 'esbuild'
import type { SizeLimitConfig } from 'size-limit'

// What is loaded on demand alone is weighed by itself: `explain`, which the adapters import when they are told to.
const lazily: Plugin = {
  name: 'lazily',
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined)),
}

// The bare imports that order the chunks are of no weight, and of no interest.
const quietly = {
  modifyEsbuildConfig: <Config extends object>(config?: Config) => ({
    ...(config as Config),
    logLevel: 'error',
    plugins: [lazily],
  }),
}
const weigh = (name: string, stem: string, limit: string) => ({ name, path: `dist/${stem}.js`, limit, ...quietly })

/** What each entry weighs, minified and compressed with brotli. Limits are a tenth above what it weighed when it was last looked at. */
const sizes: SizeLimitConfig = [
  {
    name: 'verify + github, for a browser',
    path: 'dist/index.js',
    import: { 'dist/index.js': '{ verify }', 'dist/schemes/index.js': '{ github }' },
    limit: '3072 B',
    ...quietly,
  },
  weigh('countersign', 'index', '5.5 kB'),
  weigh('countersign/schemes', 'schemes/index', '17 kB'),
  weigh('countersign/idempotency', 'idempotency/index', '5 kB'),
  weigh('countersign/stores/redis', 'stores/redis', '4 kB'),
  weigh('countersign/stores/postgres', 'stores/postgres', '4 kB'),
  weigh('countersign/stores/sqlite', 'stores/sqlite', '4.7 kB'),
  weigh('countersign/stores/mysql', 'stores/mysql', '5 kB'),
  weigh('countersign/stores/dynamodb', 'stores/dynamodb', '4.6 kB'),
  weigh('countersign/express', 'adapters/express', '17 kB'),
  weigh('countersign/fastify', 'adapters/fastify', '17 kB'),
  weigh('countersign/fetch', 'adapters/fetch', '17.2 kB'),
  weigh('countersign/node', 'adapters/node', '17 kB'),
  weigh('countersign/koa', 'adapters/koa', '17 kB'),
  weigh('countersign/lambda', 'adapters/lambda', '16.5 kB'),
  weigh('countersign/queues/table', 'queues/table', '6.5 kB'),
  weigh('countersign/queues/bullmq', 'queues/bullmq', '3 kB'),
  weigh('countersign/queues/pg-boss', 'queues/pg-boss', '3.6 kB'),
  // The only ones with modules of Node.
  { ...weigh('countersign/sender', 'sender/index', '8.4 kB'), ignore: ['node:*'] },
  weigh('countersign/sender/fetch', 'sender/fetch', '7.3 kB'),
  weigh('countersign/explain', 'explain/index', '33 kB'),
  { ...weigh('countersign/diagnostics', 'diagnostics/index', '230 B'), ignore: ['node:*'] },
  weigh('countersign/testing', 'testing/index', '9.3 kB'),
]

export default sizes
