export type { Inbox, InboxMessage } from '../receiver/inbox'
export type { DeadDelivery, Outbox, OutboxEvent } from '../sender/outbox'
export {
  type BullmqInboxOptions,
  type BullmqJob,
  type BullmqJobOptions,
  type BullmqQueue,
  bullmqInbox,
} from './bullmq/inbox'
export {
  type BullmqDelivery,
  type BullmqDeliveryOptions,
  type BullmqOutboxOptions,
  type BullmqOutboxQueue,
  bullmqOutbox,
} from './bullmq/outbox'
export type { Parcel } from './parcel'
