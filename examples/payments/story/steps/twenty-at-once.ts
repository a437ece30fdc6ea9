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
  const deliveries = await provider.settled(event, copies)
  const attempts = provider.attempts(event)
  const answers = attempts.filter(({ status }) => status === 200).length
  tell.answer(`${answers} answers, while the handler is still at work: the event is in the inbox`, 200, 'count')
  tell.check(
    answers === copies && deliveries.every(({ attempts: tries }) => tries === 1),
    `all ${copies} were acknowledged at once, and none came again`,
  )
  const runs = shop.observed(event).filter(({ outcome }) => outcome === 'executed').length
  tell.check(runs === 0, 'and none of them waited for the handler')
  await held.letGo()

  const puts = (put: string) => shop.observed(event).filter((one) => one.put === put).length
  await soon(() => puts('accepted') + puts('duplicate') === copies)
  tell.check(
    puts('accepted') === 1 && puts('duplicate') === copies - 1,
    `kept once; duplicates that were recognised: ${puts('duplicate')}`,
  )
  await expectPaidOnce(placed, event)
}
