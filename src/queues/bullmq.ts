export type { Inbox, InboxMessage } from '../receiver/inbox'
export type { DeadDelivery, Outbox, OutboxEvent } from '../sender/outbox'
export { type BullmqInboxOptions, type BullmqQueue, bullmqInbox } from './bullmq/inbox'
export { type BullmqOutboxOptions, type BullmqOutboxQueue, bullmqOutbox } from './bullmq/outbox'
