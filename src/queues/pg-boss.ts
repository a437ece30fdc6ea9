export type { Inbox, InboxMessage } from '../receiver/inbox'
export type { DeadDelivery, Outbox, OutboxEvent } from '../sender/outbox'
export { type Boss, type PgBossInboxOptions, pgBossInbox } from './pg-boss/inbox'
export { type OutboxBoss, type PgBossOutbox, type PgBossOutboxOptions, pgBossOutbox } from './pg-boss/outbox'
