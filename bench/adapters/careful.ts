import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const limit = 1_048_576
const bodySeconds = 15
const handlerSeconds = 300
const header = 'x-hub-signature-256'
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What one writes who knows how, and has no library. */
export function isGenuine(secret: string, signature: string | null | undefined, body: Buffer): boolean {
  if (signature == null || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(signature.slice(7), 'hex'))
}

/** The bytes of a request, at most as many and in at most that time. */
export const readInTime = (request: IncomingMessage): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    let parts: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => finish(undefined), bodySeconds * 1000)
    function finish(body: Buffer | undefined) {
      clearTimeout(timer)
      parts = []
      resolve(body)
    }
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length > limit) finish(undefined)
      else parts.push(part)
    })
    request.on('end', () => finish(Buffer.concat(parts)))
    request.on('error', () => finish(undefined))
    request.on('close', () => finish(undefined))
  })

/** A handler by hand that promises what a receiver does: once each header, limits, deadlines, text that is UTF-8, an answer whatever happens. */
export async function statusWithCare(
  secret: string,
  rawHeaders: readonly string[],
  read: () => Promise<Buffer | undefined>,
  handle: (payload: unknown, signal: AbortSignal) => unknown,
): Promise<number> {
  let signature: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name, value] = [(rawHeaders[at] as string).toLowerCase(), rawHeaders[at + 1] as string]
    if (name === header && signature !== undefined) return 401
    if (name === header) signature = value
    if (name === 'content-encoding' && value !== 'identity') return 415
    if (name === 'content-length' && Number(value) > limit) return 413
  }
  const body = await read()
  if (!body) return 413
  if (!isGenuine(secret, signature, body)) return 401
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), handlerSeconds * 1000)
  try {
    await handle(JSON.parse(decoder.decode(body)), controller.signal)
    return 200
  } catch {
    return 500
  } finally {
    clearTimeout(timer)
  }
}
