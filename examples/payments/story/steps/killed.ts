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
  await provider.tried(event, 1)
  await held.letGo()
  const rows = await books.ledgerRows(placed.id)
  tell.check(rows === 0, `the half-written work is gone; rows in the ledger: ${rows}`)
  await shop.start()
  tell.say('The shop is back. The provider tries again when its schedule says so; the dead claim ends with its lease.')

  const [delivery] = await provider.settled(event)
  const attempts = provider.attempts(event)
  tell.check(
    attempts[0]?.status === undefined && attempts[0]?.verdict === 'retry',
    'the first try broke off, and was not given up',
  )
  tell.check(delivery?.status === 'delivered', `delivered in the end, with ${delivery?.attempts} tries`)
  await expectPaidOnce(placed, event)
  const run = shop.observed(event).find(({ outcome }) => outcome === 'executed')
  tell.check(run?.attempt === 2, `the handler knew that this was its attempt number ${run?.attempt}`)
}
