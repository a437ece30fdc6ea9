import { utf8 } from '../core/bytes'
import type { Codec } from '../idempotency/codec'
import { replyCodec } from '../receiver/reply'
import type { Answered } from './answer'
import { problem } from './problems'

const emptyAnswer = utf8('{"status":200,"headers":{}}\n')

/**
 * How answers are kept for replays: status, headers and the body's bytes, without cookies.
 *
 * Where the body is too large to keep, or the key was completed in a transaction of the user's own, what is kept is the answer that
 * says so: the work was done, and must not be done again.
 */
export function answerCodec(
  maxResponseBytes: number,
  documentation: string,
): Codec<Answered> & { isKept(answer: Answered): boolean } {
  const isKept = ({ body }: Answered) => (body?.length ?? 0) <= maxResponseBytes
  const notKept = () => problem('not_kept', documentation)
  return {
    isKept,
    encode: (answer) => replyCodec.encode(isKept(answer) ? answer : notKept()) ?? emptyAnswer,
    decode: (stored) => (stored ? replyCodec.decode(stored) : notKept()),
  }
}
