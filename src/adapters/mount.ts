import type { Answer } from '../receiver/answers'
import type { Handler } from '../receiver/handle'
import type { WebhookOptions } from '../receiver/options'
import { createReceiving } from '../receiver/receiver'
import type { IncomingRequest } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'

/** Requests in, answers out, and never an exception. */
export type Receive = (incoming: IncomingRequest) => Promise<Answer>

/** Makes `webhook` of what is an adapter's own: how a framework's request comes in and an answer goes out. */
export function mount<Extra, Mounted extends object>(
  make: (receive: Receive, options: Extra) => Mounted,
): Webhook<Extra, Mounted> {
  const webhook = (options: Extra & WebhookOptions, handler: Handler<unknown, never>) => {
    const { receive, work } = createReceiving(options, handler)
    return Object.assign(make(receive, options), { work })
  }
  return webhook as Webhook<Extra, Mounted>
}
