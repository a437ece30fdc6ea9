import { vi } from 'vitest'

/** The two implementations that one build has. */
export const runtimes = ['node:crypto', 'Web Crypto'] as const
export type Runtime = (typeof runtimes)[number]

/** Imports modules anew, as a runtime with or without node:crypto would load them. */
export async function load<Module>(runtime: Runtime, modules: () => Promise<Module>): Promise<Module> {
  vi.resetModules()
  if (runtime === 'Web Crypto') vi.stubGlobal('process', { env: {}, emitWarning: () => undefined })
  try {
    const loaded = await modules()
    const { nodeCrypto } = await import('../../src/crypto/runtime')
    if ((nodeCrypto === undefined) !== (runtime === 'Web Crypto')) throw new Error(`This is not ${runtime}`)
    return loaded
  } finally {
    vi.unstubAllGlobals()
  }
}

/** The public verbs and schemes under one of the two. */
export const loadLibrary = (runtime: Runtime) =>
  load(runtime, async () => ({ ...(await import('countersign')), ...(await import('countersign/schemes')) }))
