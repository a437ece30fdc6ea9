import { VerificationError } from '../../core/errors'
import { expectFunction } from '../../core/options'
import { type Certificate, readCertificate } from '../../crypto/certificate'

/** What is called of `fetch`. */
export type CertificateFetch = (
  url: string,
  init: { readonly redirect: 'error'; readonly signal: AbortSignal },
) => Promise<Pick<Response, 'status' | 'body'>>

/** Where certificates come from. */
export interface CertificateOptions {
  /** Fetches a certificate. Default: the platform's `fetch`. */
  readonly fetch?: CertificateFetch
}

/** Gives the certificate at a URL of the provider's; refuses every other URL. */
export type Certificates = (url: string, now: Date) => Promise<Certificate>

/** Why a certificate was not used. */
const hints = {
  malformed_header: 'is no address of the provider’s certificates, or what is there is no valid one',
  key_unavailable: 'the certificate could not be fetched',
} as const

const mostCertificates = 16
const mostRefused = 256
const mostFetches = 4
// As numbers, and not as products: those stay in a bundle that uses none of this.
const mostBytes = 16_384
const fetchMs = 5000
const keptMs = 86_400_000
const refusedMs = 60_000

/** The text of an answer, up to a length that no certificate needs. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let [text, length] = ['', 0]
  for (;;) {
    const { value } = (await reader?.read()) ?? {}
    if (!value) return text
    length += value.length
    if (length > mostBytes) {
      await reader?.cancel()
      return undefined
    }
    // What is not ASCII is no certificate, however it was cut.
    text += decoder.decode(value)
  }
}

/** Sets an entry of a map that holds the newest ones only. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}

/**
 * Certificates from the addresses that `isTrusted` allows, over https and without redirects.
 *
 * A stranger can name any allowed address, so what is fetched, kept and waited for is bounded.
 */
export function fetchCertificates(isTrusted: (url: URL) => boolean, { fetch }: CertificateOptions = {}): Certificates {
  expectFunction('fetch', fetch)
  const kept = new Map<string, { readonly certificate: Certificate; readonly until: number }>()
  const refused = new Map<string, number>()
  const fetching = new Map<string, Promise<Certificate>>()
  const refuse = (url: string) => new VerificationError('malformed_header', url.slice(0, 100), hints)

  async function load(url: string): Promise<Certificate> {
    let text: string | undefined
    let status: number
    try {
      const answer = await (fetch ?? globalThis.fetch)(url, { redirect: 'error', signal: AbortSignal.timeout(fetchMs) })
      status = answer.status
      text = status === 200 ? await readText(answer.body) : undefined
    } catch {
      throw new VerificationError('key_unavailable', url, hints)
    }
    // Their trouble passes; an address where nothing is may have been made up.
    if (status >= 500 || status === 429) throw new VerificationError('key_unavailable', url, hints)
    const certificate = readCertificate(text ?? '')
    if (!certificate) {
      remember(refused, url, performance.now() + refusedMs, mostRefused)
      throw refuse(url)
    }
    remember(kept, url, { certificate, until: performance.now() + keptMs }, mostCertificates)
    return certificate
  }

  async function find(url: string): Promise<Certificate> {
    const known = kept.get(url)
    if (known && performance.now() < known.until) return known.certificate
    if (performance.now() < (refused.get(url) ?? 0)) throw refuse(url)
    const underway = fetching.get(url)
    if (underway) return underway
    if (fetching.size >= mostFetches) throw new VerificationError('key_unavailable', url, hints)
    const loading = load(url).finally(() => fetching.delete(url))
    fetching.set(url, loading)
    return loading
  }

  return async (text, now) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isPlain = url?.protocol === 'https:' && url.href === text && !url.username && !url.port && !url.search && !url.hash
    if (!url || !isPlain || !isTrusted(url)) throw refuse(text)
    const certificate = await find(text)
    if (now < certificate.notBefore || now > certificate.notAfter) throw refuse(text)
    return certificate
  }
}
