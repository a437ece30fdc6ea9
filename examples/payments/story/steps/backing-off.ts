import type { LoggedAttempt } from '../provider'
import type { Step } from '../step'

/** What jitter may take off a wait. */
const leastShare = 0.75

export const backingOff =
  (schedule: readonly number[]): Step =>
  async ({ tell, provider, shop, order, expectPaidOnce }) => {
    tell.step('The shop is down', 'Dan pays while nobody is there to hear of it. The provider waits longer after every try.')
    const placed = await order('Dan')
    await shop.stop()
    const event = await provider.pay(placed)
    await provider.tried(event, 2)
    tell.say('Two tries found nobody. Starting the shop again…')
    await shop.start()

    const [delivery] = await provider.settled(event)
    const attempts = provider.attempts(event)
    const failed = attempts.slice(0, -1)
    tell.check(
      failed.length >= 2 && failed.every(({ status, verdict }) => status === undefined && verdict === 'retry'),
      `${failed.length} tries failed, and none was the last`,
    )
    const waits = waitsOf(attempts)
    const isBackingOff = waits.every((seconds, index) => seconds >= (schedule[index] ?? 0) * leastShare)
    tell.check(isBackingOff && isGrowing(waits), `it waited ${waits.map((seconds) => `${seconds.toFixed(1)} s`).join(', then ')}`)
    tell.check(delivery?.status === 'delivered', `delivered in the end, with ${delivery?.attempts} tries`)
    await expectPaidOnce(placed, event)
  }

/** Seconds from the end of each try to the beginning of the next. */
function waitsOf(attempts: readonly LoggedAttempt[]): readonly number[] {
  return attempts.slice(1).map(({ at }, index) => {
    const before = attempts[index]
    return (Date.parse(at) - Date.parse(before?.at ?? at) - (before?.durationMs ?? 0)) / 1000
  })
}

const isGrowing = (waits: readonly number[]) => waits.every((seconds, index) => index === 0 || seconds > (waits[index - 1] ?? 0))
