/** Plays the whole story in real processes. `--once`: checks every expectation, ends, and exits 0 only if all held. */
import { tellEnding } from './story/ending'
import { narrator } from './story/narrator'
import { play } from './story/play'
import { openStage } from './story/stage'
import { terminal } from './story/terminal'
import { startTimeline } from './story/timeline'

/** Real providers wait minutes and hours; nobody wants to watch that. */
const schedule = [1, 2, 4, 8]
const leaseSeconds = 3
const processingMs = 1200
const pauseMs = 2000
const patienceMs = 120_000
const closingMs = 10_000

const isOnce = process.argv.includes('--once')
const screen = terminal()
const { paint, print } = screen
const closers: (() => Promise<void>)[] = []
let isClosing = false

async function end(code: number): Promise<never> {
  isClosing = true
  // The processes end with this one in any case; this only keeps a hanging connection from holding it up.
  setTimeout(() => process.exit(code), closingMs).unref()
  for (const close of closers.splice(0).reverse()) await close().catch(() => {})
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (isClosing) return
    print()
    print('Stopping everything…')
    void end(isOnce ? 1 : 0)
  })
}

try {
  print()
  print(`${paint('bold', 'countersign')} ${paint('dim', '·')} a payment, from the provider to the page`)
  print(paint('dim', 'Starting a database, a payment provider and a shop…'))

  const timeline = await startTimeline()
  closers.push(timeline.close)
  const tell = narrator(screen, timeline)
  const people = new Map<string, string>()
  const stage = await openStage({
    schedule,
    leaseSeconds,
    processingMs,
    timelineUrl: timeline.url,
    onAttempt: (attempt, event) => tell.attempt(attempt, event, people.has(event.order) ? undefined : 'visitor'),
  })
  closers.push(stage.close)
  const page = paint('cyan', stage.shop.url)

  print()
  print(page, { indent: 14, lead: paint('bold', 'The page    ') })
  print(stage.database.description, { indent: 14, lead: paint('bold', 'Database    ') })
  print(`after ${schedule.join(', ')} seconds, so that you need not wait: the default is after 1, 5 and 30 minutes`, {
    indent: 14,
    lead: paint('bold', 'Retries     '),
  })
  print(`${leaseSeconds} seconds for the same reason: the default is 30`, { indent: 14, lead: paint('bold', 'Lease       ') })

  const story = play({
    stage,
    tell,
    schedule,
    pauseMs: isOnce ? 0 : pauseMs,
    onOrder: (order, who) => people.set(order, who),
  }).then(() => tellEnding({ screen, tell, books: stage.books, people }))
  const patience = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`The story did not end within ${patienceMs / 1000} seconds`)), patienceMs).unref()
  })
  await Promise.race([story, patience])

  print()
  for (const failure of tell.failures) print(failure, { indent: 4, lead: paint('red', '✗ ') })
  if (tell.failures.length > 0) print(paint('red', `${tell.failures.length} expectations did not hold.`))
  else print(paint('green', 'Everything held: each payment took effect once.'))

  if (isOnce) await end(tell.failures.length > 0 ? 1 : 0)
  print()
  print(`Now you: open ${page} and buy a notebook. Ctrl-C ends everything.`)
  print()
} catch (error) {
  if (!isClosing) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) print(paint('red', cause.message))
    await end(1)
  }
}
