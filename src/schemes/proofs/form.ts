import { decode } from '../../core/encoding'
import { VerificationError } from '../../core/errors'
import { expectOption } from '../../core/options'
import { sha256 } from '../../crypto/digest'
import { equal } from '../../crypto/equal'
import type { Proof, ProofFormat } from '../proof'
import { readHeaders, writeHeaders } from './headers'

const mostParameters = 10_000

/** The names and values of a form, in the order of the names, each value of a name once; undefined for what is no form. */
function sortedForm(body: Uint8Array): string | undefined {
  let text: string | undefined
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {}
  if (text === undefined) return undefined
  const values = new Map<string, Set<string>>()
  for (const [name, value] of new URLSearchParams(text)) {
    values.set(name, (values.get(name) ?? new Set()).add(value))
    if (values.size > mostParameters) return undefined
  }
  return [...values]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, those]) => [...those].sort().map((value) => name + value))
    .join('')
}

/** The URL as the sender may have written it: with the standard port and without any, and with the one sign that a fetch `Request` escapes. */
function spellings(url: string): string[] {
  const match = /^(https?):\/\/([^/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(:\d+)?(.*)/is.exec(url)
  if (!match) return [url]
  const [, protocol, user = '', host, port, rest] = match as unknown as [string, string, string | undefined, ...string[]]
  const standard = protocol.toLowerCase() === 'https' ? ':443' : ':80'
  const spell = (at: string) => `${protocol}://${user}${host}${at}${rest}`
  const written = [url, spell(''), spell(port ?? standard)]
  return [...new Set([...written, ...written.map((one) => one.replaceAll('%27', "'"))])]
}

/** The hash of the body that the URL claims, or undefined where it claims none. */
function claimedHash(url: string, parameter: string): string | undefined {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1]
  const [first, second] = new URLSearchParams(query).getAll(parameter)
  // Of two nobody could say which one counts.
  return second === undefined ? first : ''
}

/** A proof over the URL and the sorted parameters of a form; another body is proved by its SHA-256 in a parameter of the URL. */
export function signedForm({ bodyHash }: { readonly bodyHash: string }): ProofFormat {
  const isProved = async (url: string, body: Uint8Array) => {
    const claimed = claimedHash(url, bodyHash)
    return claimed === undefined || equal(decode(claimed, 'hex') ?? new Uint8Array(), await sha256([body]))
  }
  /** What is signed behind the URL; nothing where the hash of the body is in it, undefined for what is no form. */
  const formOf = (url: string, body: Uint8Array) => (claimedHash(url, bodyHash) === undefined ? sortedForm(body) : '')

  return {
    async read(scheme, request) {
      const { url, body } = request
      const form = formOf(url, body)
      if (form === undefined) throw new VerificationError('signature_mismatch', 'form')
      if (!(await isProved(url, body))) throw new VerificationError('signature_mismatch', bodyHash)
      const [asGiven, ...otherwise] = spellings(url).map((spelling) =>
        readHeaders({ ...scheme, content: [{ text: spelling }, { text: form }] }, request),
      ) as [Proof, ...Proof[]]
      return {
        identity: asGiven.identity,
        async matches(verifier) {
          for (const proof of [asGiven, ...otherwise]) if (await proof.matches(verifier)) return true
          return false
        },
      }
    },
    async write(scheme, request) {
      const { url, body } = request
      expectOption(await isProved(url, body), 'url', `one whose \`${bodyHash}\` is the hash of the body`, bodyHash)
      const form = formOf(url, body)
      expectOption(form !== undefined, 'body', 'a form in UTF-8', body)
      return writeHeaders({ ...scheme, content: [{ text: url }, { text: form }] }, request)
    },
  }
}
