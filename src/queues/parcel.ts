import { decode, encode } from '../core/encoding'
import type { DeadDelivery, KeptEvent, OutboxTask, Settlement } from '../sender/outbox'

/** An event, or the delivery of it to one endpoint, as the job of an engine: plain JSON. It holds no secret and no URL. */
export interface Parcel {
  readonly v: 1
  readonly id: string
  readonly type?: string
  readonly account?: string
  readonly headers: Readonly<Record<string, string>>
  /** Base64 of the exact bytes. */
  readonly body: string
  /** The endpoint's name; none while the endpoints of the event are not known. */
  readonly endpoint?: string
  /** How often it was tried. */
  readonly attempts: number
  /** How often it was put off, also for want of room. */
  readonly turn: number
  /** Why it was given up. */
  readonly reason?: DeadDelivery['reason']
  readonly error?: string
}

/** The job of an event. */
export function packEvent({ id, type, account, headers, body }: KeptEvent): Parcel {
  const chosenBy = { ...(type !== undefined && { type }), ...(account !== undefined && { account }) }
  return { v: 1, id, ...chosenBy, headers, body: encode(body, 'base64'), attempts: 0, turn: 0 }
}

function unpackEvent({ id, type, account, headers, body }: Parcel): KeptEvent {
  const bytes = decode(body, 'base64')
  if (!bytes) throw new Error('The body of a job is not as it was put.')
  return { id, headers, body: bytes, ...(type !== undefined && { type }), ...(account !== undefined && { account }) }
}

/** What there is to do with a job. */
export const toTask = (parcel: Parcel): OutboxTask => ({
  event: unpackEvent(parcel),
  endpoint: parcel.endpoint,
  attempts: parcel.attempts,
})

/** The jobs of its deliveries. */
export const parcelsTo = (parcel: Parcel, endpoints: readonly string[]): readonly Parcel[] =>
  endpoints.map((endpoint) => ({ ...parcel, endpoint, attempts: 0, turn: 0 }))

/** The same job for another time. */
export const putOff = (parcel: Parcel, { kind }: Settlement): Parcel => ({
  ...parcel,
  attempts: parcel.attempts + (kind === 'again' ? 1 : 0),
  turn: parcel.turn + 1,
})

/** A job as one that was given up. What the engine itself gave up says no reason. */
export const toDead = (parcel: Parcel, engineError = ''): DeadDelivery => ({
  event: unpackEvent(parcel),
  endpoint: parcel.endpoint ?? '',
  attempts: parcel.attempts,
  reason: parcel.reason ?? 'lost',
  error: parcel.error ?? engineError,
})

/** What a job is named by, before an engine's own form of it. No two are the same: an endpoint's name may hold anything. */
export const nameOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts)
