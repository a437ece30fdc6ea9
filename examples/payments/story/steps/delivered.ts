import type { Step } from '../step'

export const delivered: Step = async ({ tell, provider, order, expectPaidOnce }) => {
  tell.step(
    'A payment is delivered',
    'Ada orders a notebook for €24.00 and pays. The provider tells the shop, and signs what it says.',
  )
  const placed = await order('Ada')
  const event = await provider.pay(placed)
  const [delivery] = await provider.settled(event)
  tell.check(delivery?.status === 'delivered' && delivery.attempts === 1, `delivered with ${delivery?.attempts} try`)
  await expectPaidOnce(placed, event)
}
