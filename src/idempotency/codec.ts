import { utf8 } from '../core/bytes'

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
