import type { Ending } from './ending'

/** The longest time that a timer takes; beyond it a timer fires at once. */
const longestTimer = 2 ** 31 - 1

/** Resolves after that time, or at once when it is over. */
export function wait(milliseconds: number, ending: Ending): Promise<void> {
  return new Promise((resolve) => {
    if (ending.isOver) return resolve()
    let left = milliseconds
    let timer: ReturnType<typeof setTimeout> | undefined
    const callOff = ending.onOver(finish)
    function finish() {
      clearTimeout(timer)
      callOff()
      resolve()
    }
    function step() {
      if (left <= 0) return finish()
      const now = Math.min(left, longestTimer)
      left -= now
      timer = setTimeout(step, now)
    }
    step()
  })
}
