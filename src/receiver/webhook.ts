import type { Handler, TransactionContext, TypedHandler, WebhookContext } from './handle'
import type { InboxMessage } from './inbox'
import type { PlainOptions, TransactionalOptions, TypedOptions, TypedTransactionalOptions, WebhookOptions } from './options'
import type { WorkOptions } from './run'

/** What every receiver can do beside being mounted. */
export interface Receiver {
  /**
   * Handles a message that an inbox kept; its worker calls this.
   *
   * Rejects when the event was not handled, so that the worker's engine tries again.
   */
  work(message: InboxMessage, options?: WorkOptions): Promise<void>
}

/**
 * Makes a receiver to mount: it verifies the exact bytes, claims the event, runs the handler, completes the event, and answers.
 *
 * Throws a `ConfigurationError` for a mistake in the options.
 */
export interface Webhook<Extra, Mounted> {
  <T, Tx>(options: Extra & TransactionalOptions<T, Tx>, handler: Handler<T, TransactionContext<Tx>>): Mounted & Receiver
  <T, Tx = never>(options: Extra & PlainOptions<T, Tx>, handler: Handler<T, WebhookContext<Tx>>): Mounted & Receiver
  <Payloads, Tx>(
    options: Extra & TypedTransactionalOptions<Payloads, Tx>,
    handler: TypedHandler<Payloads, TransactionContext<Tx>>,
  ): Mounted & Receiver
  <Payloads, Tx = never>(
    options: Extra & TypedOptions<Payloads, Tx>,
    handler: TypedHandler<Payloads, WebhookContext<Tx>>,
  ): Mounted & Receiver
  <T>(options: Extra & WebhookOptions<T>, handler: Handler<T, WebhookContext<never> | TransactionContext>): Mounted & Receiver
}
