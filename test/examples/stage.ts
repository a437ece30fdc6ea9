import { openStage, type Stage, type StageSettings } from '../../examples/payments/story/stage'

/** The demo's parts for a test file; undefined, and said aloud, where no database can be had. Under CI that is a failure. */
export async function tryStage(settings: StageSettings): Promise<Stage | undefined> {
  try {
    return await openStage(settings)
  } catch (error) {
    if (process.env['CI']) throw error
    console.warn(`SKIPPED, for want of a database: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
