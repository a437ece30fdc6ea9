export type { Inbox, InboxMessage } from '../receiver/inbox'
export type { DeadDelivery, Outbox, OutboxEvent } from '../sender/outbox'
export type { BossDb } from './pg-boss/db'
export { type Boss, type BossJobOptions, type PgBossInboxOptions, pgBossInbox } from './pg-boss/inbox'
export {
  type BossDeliveryOptions,
  type OutboxBoss,
  type PgBossOutbox,
  type PgBossOutboxOptions,
  pgBossOutbox,
} from './pg-boss/outbox'
