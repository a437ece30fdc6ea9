import type { SizeLimitConfig } from 'size-limit'

// The bare imports that order the chunks are of no weight, and of no interest.
const quietly = {
  modifyEsbuildConfig: <Config extends object>(config?: Config) => ({ ...(config as Config), logLevel: 'error' }),
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
  weigh('countersign', 'index', '4.75 kB'),
  weigh('countersign/schemes', 'schemes/index', '5.3 kB'),
  weigh('countersign/idempotency', 'idempotency/index', '3.7 kB'),
  weigh('countersign/stores/postgres', 'stores/postgres', '4 kB'),
  weigh('countersign/express', 'adapters/express', '10.8 kB'),
  weigh('countersign/fastify', 'adapters/fastify', '10.9 kB'),
  weigh('countersign/fetch', 'adapters/fetch', '10.4 kB'),
  weigh('countersign/node', 'adapters/node', '10.8 kB'),
  // The only one for Node alone.
  { ...weigh('countersign/sender', 'sender/index', '6.2 kB'), ignore: ['node:*'] },
  weigh('countersign/testing', 'testing/index', '1.6 kB'),
]

export default sizes
