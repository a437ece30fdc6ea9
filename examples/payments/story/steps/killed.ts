import type { Step } from '../step'

export const killed: Step = async ({ tell, provider, shop, books, order, expectPaidOnce }) => {
  tell.step(
    'The shop is killed in the middle of the handler',
    'Cleo pays. The handler has written the ledger row and not yet the order, and the process gets SIGKILL: no goodbye, no clean-up.',
  )
  const placed = await order('Cleo')
  const held = await books.hold(placed.id)
  const event = await provider.pay(placed)
  await held.reached()
  const { pid } = shop
  await shop.kill()
  tell.say(`kill -9 ${pid}. Starting the shop again…`)
  await provider.settled(event)
  await held.letGo()
  const rows = await books.ledgerRows(placed.id)
  tell.check(rows === 0, `the half-written work is gone; rows in the ledger: ${rows}`)
  await shop.start()
  tell.say('The shop is back. Its worker takes the event from the inbox again when the lease of the dead one has ended.')

  await expectPaidOnce(placed, event)
  const attempts = provider.attempts(event)
  tell.check(
    attempts.length === 1 && attempts[0]?.status === 200,
    'the provider had been told 200 before, and never had to try again: the event was safe',
  )
  const run = shop.observed(event).find(({ outcome }) => outcome === 'executed')
  tell.check(run?.attempt === 2, `the handler knew that this was its attempt number ${run?.attempt}`)
}
