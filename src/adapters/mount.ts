import { type AnswerTo, createIdempotent } from '../idempotent/idempotent'
import type { IdempotentHandler, IdempotentOptions } from '../idempotent/options'
import type { Answer } from '../receiver/answers'
import type { Explain } from '../receiver/explaining'
import type { Handler } from '../receiver/handle'
import type { ReceiverOptions } from '../receiver/options'
import { createReceiving } from '../receiver/receiver'
import type { IncomingRequest } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'

/** Requests in, answers out, and never an exception. */
export type Receive = (incoming: IncomingRequest) => Promise<Answer>

/** Loaded when it is first needed, so that a receiver without it does not carry it. */
const explain: Explain = async (scheme, options) => (await import('../explain')).explain(scheme, options)

/** Makes `webhook` of what is an adapter's own: how a framework's request comes in and an answer goes out. */
export function mount<Extra, Mounted extends object>(
  make: (receive: Receive, options: Extra) => Mounted,
): Webhook<Extra, Mounted> {
  const webhook = (options: Extra & ReceiverOptions, handler: Handler<unknown, never>) => {
    const { receive, work } = createReceiving(options, handler, explain)
    return Object.assign(make(receive, options), { work })
  }
  return webhook as Webhook<Extra, Mounted>
}

/** Makes `idempotent` of the same; its overloads say what `make` cannot: the transaction and the framework's own request. */
export function mountIdempotent<Idempotent>(make: (answerTo: AnswerTo) => object): Idempotent {
  const idempotent = (options: IdempotentOptions, handler: IdempotentHandler<never>) => make(createIdempotent(options, handler))
  return idempotent as Idempotent
}
