import { toBytes, whole } from '../core/bytes'
import { after } from '../idempotency/timers'
import { cutOff, late, type NoBody, tooLarge } from '../receiver/request'

/** The exact bytes of a request that nobody has read. */
export async function readFetchBody(request: Request, limit: number, seconds: number): Promise<Uint8Array | NoBody> {
  if (request.bodyUsed || request.body?.locked) {
    return {
      code: 'body_consumed',
      hint: 'Something has read the body before, such as request.json(). Hand over the request unread, or a clone of it.',
    }
  }
  const reader = request.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  let isLate = false
  const callOff = after(seconds * 1000, () => {
    isLate = true
    // Ends the read that waits, too.
    reader?.cancel().catch(() => undefined)
  })
  try {
    while (reader) {
      const { done, value } = await reader.read()
      if (done || isLate) break
      // A platform's own are bytes; whoever makes a Request by hand may stream text.
      const part = toBytes(value)
      length += part.length
      if (length > limit) {
        reader.cancel().catch(() => undefined)
        return tooLarge(limit)
      }
      parts.push(part)
    }
  } catch (error) {
    // A framework with a limit of its own breaks the body off, too, and says so here alone.
    return error instanceof Error ? { ...cutOff, hint: `${cutOff.hint} The platform says: ${error.message}` } : cutOff
  } finally {
    callOff()
  }
  return isLate ? late(seconds) : whole(parts)
}
