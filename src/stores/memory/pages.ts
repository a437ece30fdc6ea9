import type { Done, Entry } from './entry'

/** A page is never copied, and so small that a new one takes no time. */
const pageBytes = 16_384
/** Before a token: when the key is over, and how many bytes the token has. */
const headBytes = 8 + 1
/** A unit of UTF-16 is 3 bytes of UTF-8 at most, and one byte counts those; longer tokens are kept as they are. */
const mostTokenLength = 255 / 3

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Completed keys as bytes, at a tenth of what an object takes. */
export interface Pages {
  /** Where it was written; undefined for what has more to it than a token and a time. */
  write(entry: Entry): number | undefined
  read(place: number): Done
}

export function openPages(): Pages {
  const pages: DataView[] = []
  let page = new DataView(new ArrayBuffer(0))
  let offset = 0

  return {
    write(entry) {
      if (!entry.isDone || entry.result || entry.fingerprint !== undefined) return undefined
      const { token, overAt } = entry
      if (token.length > mostTokenLength || !token.isWellFormed()) return undefined
      if (offset + headBytes + 3 * token.length > page.byteLength) {
        page = new DataView(new ArrayBuffer(pageBytes))
        pages.push(page)
        offset = 0
      }
      const place = (pages.length - 1) * pageBytes + offset
      const { written } = encoder.encodeInto(token, new Uint8Array(page.buffer, offset + headBytes))
      page.setFloat64(offset, overAt)
      page.setUint8(offset + 8, written)
      offset += headBytes + written
      return place
    },

    read(place) {
      const written = pages[Math.floor(place / pageBytes)] as DataView
      const at = place % pageBytes
      const token = decoder.decode(new Uint8Array(written.buffer, at + headBytes, written.getUint8(at + 8)))
      return { isDone: true, token, fingerprint: undefined, result: undefined, overAt: written.getFloat64(at) }
    },
  }
}
