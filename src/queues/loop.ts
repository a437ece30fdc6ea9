/** What there is to work on, and how. */
export interface Work<Task> {
  /** Takes at most so many tasks for itself. */
  take(limit: number): Promise<readonly Task[]>
  /** Gives whether there is more to take because of it. One that rejects is left to whoever takes it next. */
  handle(task: Task): Promise<boolean>
  /** Once a minute. */
  sweep?(): Promise<unknown>
}

/** How much at one time, and until when. */
export interface Pace {
  readonly concurrency: number
  readonly pollSeconds: number
  /** Hears what the queue threw. Never throws. */
  readonly onError?: ((error: unknown) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const sweepEveryMs = 60_000

/** Works until the signal aborts, then until what is under way has ended. What the queue cannot answer it is asked again. */
export async function workOn<Task>(work: Work<Task>, pace: Pace): Promise<void> {
  const { concurrency, pollSeconds, onError = () => {}, signal } = pace
  const running = new Set<Promise<void>>()
  let sweptAt = Number.NEGATIVE_INFINITY
  const sleep = createSleep()

  /** Whether there was as much as there was room for. */
  async function fill(): Promise<boolean> {
    const room = concurrency - running.size
    const tasks = await work.take(room)
    for (const task of tasks) {
      const one = work
        .handle(task)
        .catch(failed)
        .then((hasMore) => {
          const wasFull = running.size >= concurrency
          running.delete(one)
          if (hasMore || wasFull) sleep.end()
        })
      running.add(one)
    }
    return tasks.length >= room
  }

  function failed(error: unknown): false {
    onError(error)
    return false
  }

  signal?.addEventListener('abort', sleep.end)
  while (!signal?.aborted) {
    sleep.prepare()
    const isFull = running.size >= concurrency || (await fill().catch(failed))
    if (work.sweep && performance.now() - sweptAt >= sweepEveryMs) {
      sweptAt = performance.now()
      await work.sweep().catch(onError)
    }
    // Where there was more to take, as soon as there is room; else after a while.
    if (running.size >= concurrency) await sleep.begin()
    else if (!isFull) await sleep.begin(pollSeconds * 1000)
  }
  signal?.removeEventListener('abort', sleep.end)
  await Promise.all(running)
}

/** A sleep that also ends by what happened since it was prepared. */
function createSleep() {
  let isOver = false
  let wake = () => {}
  return {
    prepare() {
      isOver = false
    },
    async begin(milliseconds?: number): Promise<void> {
      if (isOver) return
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        wake = resolve
        if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds)
      })
      clearTimeout(timer)
    },
    end() {
      isOver = true
      wake()
    },
  }
}
