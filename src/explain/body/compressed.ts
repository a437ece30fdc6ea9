import { concat } from '../../core/bytes'
import { type Hypothesis, headerOf } from '../evidence'
import { bodyGuess } from './guess'

/** More than any event is. */
const mostBytes = 1024 * 1024

type Format = ConstructorParameters<typeof DecompressionStream>[0]

/** The bytes of a compressed body; undefined where it is none, or is more than a mebibyte. */
async function decompress(body: Uint8Array, format: Format): Promise<Uint8Array | undefined> {
  const reader = new Blob([body as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream(format)).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concat(chunks)
      chunks.push(value)
      length += value.length
      if (length > mostBytes) {
        await reader.cancel()
        return undefined
      }
    }
  } catch {
    return undefined
  }
}

function formatsOf(body: Uint8Array, encoding: string | undefined): Format[] {
  if (body[0] === 0x1f && body[1] === 0x8b) return ['gzip']
  // RFC 1950, section 2.2: the method is 8 and the first two bytes are a multiple of 31.
  const isZlib = ((body[0] ?? 0) & 15) === 8 && ((body[0] ?? 0) * 256 + (body[1] ?? 0)) % 31 === 0
  return [...(isZlib ? (['deflate'] as const) : []), ...(encoding === 'deflate' ? (['deflate-raw'] as const) : [])]
}

/** A body that arrived compressed and was not decompressed. */
export const compressed: Hypothesis = {
  part: 'body',
  rulesOut: 'a body that is still compressed (gzip, deflate)',
  async *guesses({ body, headers }) {
    for (const format of formatsOf(body, headerOf(headers, 'content-encoding')?.trim().toLowerCase())) {
      const bytes = await decompress(body, format)
      if (bytes) yield bodyGuess('body_compressed', `The body is still compressed (${format}).`, bytes)
    }
  },
}
