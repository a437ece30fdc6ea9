import type { Ending } from './ending'
import type { Outcome } from './outcome'

/** One POST. */
export interface Post {
  readonly url: URL
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly ending: Ending
}

/** Makes one HTTP exchange and never rejects. */
export interface Transport {
  post(post: Post): Promise<Outcome>
  /** Ends every connection. */
  close(): void
}

/** The largest head of an answer, where the transport lets us say. */
export const mostHeaderBytes = 16 * 1024
