import { setTimeout as delay } from 'node:timers/promises'
import type { Narrator } from './narrator'
import type { Stage } from './stage'
import { scene } from './step'
import { backingOff } from './steps/backing-off'
import { delivered } from './steps/delivered'
import { forged } from './steps/forged'
import { killed } from './steps/killed'
import { stale } from './steps/stale'
import { twentyAtOnce } from './steps/twenty-at-once'

interface PlayOptions {
  readonly stage: Stage
  readonly tell: Narrator
  readonly schedule: readonly number[]
  /** Between two steps, so that a person can follow. */
  readonly pauseMs: number
  readonly onOrder: (order: string, who: string) => void
}

/** Plays the whole story, in the order in which it is told. */
export async function play({ stage, tell, schedule, pauseMs, onOrder }: PlayOptions): Promise<void> {
  const here = scene(stage, tell, onOrder)
  for (const step of [delivered, twentyAtOnce, forged, stale, killed, backingOff(schedule)]) {
    await delay(pauseMs)
    await step(here)
  }
}
