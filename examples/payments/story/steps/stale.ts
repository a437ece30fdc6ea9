import { randomUUID } from 'node:crypto'
import { sign } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { type Step, soon } from '../step'
import { post, sameRefusal } from '../stranger'

const ageMinutes = 10

export const stale: Step = async ({ tell, shop, books, secret, webhookUrl, order }) => {
  tell.step(
    'A stale event',
    `Eve has a genuine event that she recorded ${ageMinutes} minutes ago, signature and all, and plays it back now.`,
  )
  const placed = await order('Eve')
  const payment = { payment: 'pay_recorded', order: placed.id, amountCents: placed.amountCents, currency: 'EUR' }
  const body = JSON.stringify({ type: 'payment.succeeded', data: payment })
  const timestamp = new Date(Date.now() - ageMinutes * 60_000)
  const before = shop.rejected().length

  const answer = await post(webhookUrl, await sign(standardWebhooks, { secret, id: randomUUID(), timestamp, body }), body)
  tell.answer(`a valid signature, but ${ageMinutes} minutes old`, answer.status)

  tell.check(sameRefusal([answer]), 'refused with the same empty 401')
  await soon(() => shop.rejected().length > before)
  const reason = shop.rejected().at(-1)?.code
  tell.check(reason === 'timestamp_too_old', `the shop's own log knows why: ${reason}`)
  const rows = await books.ledgerRows(placed.id)
  tell.check(rows === 0, `rows in the ledger: ${rows}`)
}
