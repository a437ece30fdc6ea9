import { toBytes, utf8, whole } from '../core/bytes'
import { type NoBody, tooLarge } from '../receiver/request'
import type { NodeRequest } from './incoming'

/** Names what was there before us, and the mend. */
function consumed(body: unknown): NoBody {
  const mend =
    'Mount the receiver before it, or keep the bytes: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes } }).'
  const culprit =
    typeof body === 'string'
      ? 'A text parser such as express.text()'
      : body
        ? 'A body parser such as express.json()'
        : 'Something mounted earlier'
  return { code: 'body_consumed', hint: `${culprit} has read the body, and its exact bytes are needed to verify it. ${mend}` }
}

/** Where bytes may be kept. */
export type Kept = Pick<NodeRequest, 'rawBody' | 'body'>

/** The bytes that whoever has read the stream has kept: `rawBody`, as cloud functions do, else a body that is bytes. */
export function keptBody({ rawBody, body }: Kept, limit: number): Uint8Array | NoBody {
  // Text that is not what the bytes were does not match the signature.
  const raw = typeof rawBody === 'string' ? utf8(rawBody) : rawBody
  const kept = [raw, body].find((candidate) => ArrayBuffer.isView(candidate)) as Uint8Array | undefined
  if (!kept) return consumed(body)
  return kept.byteLength > limit ? tooLarge(limit) : whole([toBytes(kept)])
}
