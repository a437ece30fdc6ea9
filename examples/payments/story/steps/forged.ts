import { randomUUID } from 'node:crypto'
import { generateSecret, sign } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { type Step, soon } from '../step'
import { post, sameRefusal } from '../stranger'

export const forged: Step = async ({ tell, shop, books, secret, webhookUrl, order }) => {
  tell.step('A forged event', 'Mallory orders too, and rather than pay sends the shop an event that says so.')
  const placed = await order('Mallory')
  const payment = { payment: 'pay_forged', order: placed.id, amountCents: placed.amountCents, currency: 'EUR' }
  const body = JSON.stringify({ type: 'payment.succeeded', data: payment })
  const before = shop.rejected().length

  const guessed = await post(webhookUrl, await sign(standardWebhooks, { secret: generateSecret(), id: randomUUID(), body }), body)
  tell.answer('signed with a secret that Mallory made up', guessed.status)

  const genuine = JSON.stringify({ type: 'payment.succeeded', data: { ...payment, order: 'order_of_somebody_else' } })
  const altered = await post(webhookUrl, await sign(standardWebhooks, { secret, id: randomUUID(), body: genuine }), body)
  tell.answer('a genuine signature, copied from another event', altered.status)

  const unsigned = await post(webhookUrl, {}, body)
  tell.answer('no signature at all', unsigned.status)

  tell.check(sameRefusal([guessed, altered, unsigned]), 'all three got the same empty 401: a stranger learns nothing')
  await soon(() => shop.rejected().length === before + 3)
  const reasons = shop
    .rejected()
    .slice(before)
    .map(({ code }) => code)
  const expected = 'signature_mismatch, signature_mismatch, missing_header'
  tell.check(reasons.join(', ') === expected, `the shop's own log knows why: ${reasons.join(', ')}`)
  const rows = await books.ledgerRows(placed.id)
  tell.check(rows === 0 && (await books.statusOf(placed.id)) === 'open', `the order is not paid; rows in the ledger: ${rows}`)
}
