import express, { type Request, type Response, Router } from 'express'
import type { Pool } from 'pg'
import type { NoticeBoard } from './notices'
import { createOrder, findOrder, type Order, startWaiting, stopWaiting } from './orders'
import type { AskForPayment } from './provider'
import type { Shoppers } from './shopper'
import { streamOrder } from './stream'

interface ApiOptions {
  readonly pool: Pool
  readonly board: NoticeBoard
  readonly shoppers: Shoppers
  readonly askForPayment: AskForPayment
  readonly heartbeatMs: number
}

/** What the page calls. Whoever is not the shopper of an order gets 404, as if there were none. */
export function api({ pool, board, shoppers, askForPayment, heartbeatMs }: ApiOptions): Router {
  const stream = streamOrder({ pool, board, heartbeatMs })

  const withOrder =
    (answer: (order: Order, request: Request, response: Response) => unknown) => async (request: Request, response: Response) => {
      const shopper = shoppers.read(request)
      const id = request.params['id']
      const order = shopper && typeof id === 'string' ? await findOrder(pool, shopper, id) : undefined
      response.set('cache-control', 'no-store')
      if (order) await answer(order, request, response)
      else response.sendStatus(404)
    }

  return Router()
    .use(express.json({ limit: '4kb' }))
    .post('/', async (request, response) => {
      const id = await createOrder(pool, shoppers.welcome(request, response))
      response.status(201).json({ id })
    })
    .get(
      '/:id',
      withOrder((order, _request, response) => response.json(order)),
    )
    .get(
      '/:id/events',
      withOrder(({ id }, request, response) => stream(id, request, response)),
    )
    .post(
      '/:id/pay',
      withOrder(async (order, request, response) => {
        if (!(await startWaiting(pool, order.id))) return response.sendStatus(409)
        const card: unknown = request.body?.card
        try {
          await askForPayment(order, card === 'declined' ? 'declined' : 'good')
        } catch {
          await stopWaiting(pool, order.id)
          return response.sendStatus(502)
        }
        return response.sendStatus(202)
      }),
    )
}
