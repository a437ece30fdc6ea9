import { type Step, soon } from '../step'

const copies = 20

export const twentyAtOnce: Step = async ({ tell, provider, shop, books, order, expectPaidOnce }) => {
  tell.step(
    'The same event, twenty times at once',
    'Ben pays once, but the provider has a bad day: it starts twenty deliveries of the one event. The handler is held up until all are there.',
  )
  const placed = await order('Ben')
  const held = await books.hold(placed.id)
  const event = await provider.pay(placed, { copies })
  await provider.tried(event, copies - 1)
  await held.letGo()
  const deliveries = await provider.settled(event, copies)

  const attempts = provider.attempts(event)
  const answers = (status: number) => attempts.filter((attempt) => attempt.status === status).length
  tell.answer(`${answers(503)} answers while the handler was at work: in progress, come back in a moment`, 503, 'count')
  tell.answer(`${answers(200)} answers: one from the handler, the others what it had answered`, 200, 'count')
  const isExpected = attempts.every(({ status }) => status === 200 || status === 503)
  tell.check(isExpected && answers(200) === copies && answers(503) >= copies - 1, 'nobody was told 200 before the work was done')
  tell.check(
    deliveries.every(({ status }) => status === 'delivered'),
    `all ${copies} deliveries ended well`,
  )
  const replayed = () => shop.observed(event).filter(({ outcome }) => outcome === 'duplicate').length
  await soon(() => replayed() === copies - 1)
  tell.check(replayed() === copies - 1, `duplicates that were recognised: ${replayed()}`)
  await expectPaidOnce(placed, event)
}
