import { utf8 } from '../core/bytes'
import { IdempotencyError } from './errors'

/** How a result is written into the store and read back. */
export interface Codec<R> {
  /** The bytes to keep; undefined keeps none, which is not the same as no bytes. Throwing counts as failed work. */
  encode(result: R): Uint8Array | undefined
  /** What a duplicate is given. */
  decode(stored: Uint8Array | undefined): R
}

/** Results as JSON; undefined stays undefined. */
export const jsonCodec: Codec<unknown> = {
  encode(result) {
    const text = JSON.stringify(result) as string | undefined
    return text === undefined ? undefined : utf8(text)
  },
  decode: (stored) => (stored ? JSON.parse(new TextDecoder().decode(stored)) : undefined),
}

/** Whether a value can be used as a codec. */
export const isCodec = (value: unknown): boolean =>
  (['encode', 'decode'] as const).every((name) => typeof (value as Partial<Codec<unknown>> | undefined)?.[name] === 'function')

/** What an earlier run gave. The work was done: a result that cannot be read is no reason to do it again. */
export function decode<R>(codec: Codec<R>, stored: Uint8Array | undefined): R {
  try {
    return codec.decode(stored)
  } catch (cause) {
    throw new IdempotencyError('store_unavailable', { detail: 'the stored result is not what the codec can read', cause })
  }
}
