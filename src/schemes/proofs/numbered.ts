import type { HeaderLocation } from '../../core/headers'
import type { ProofFormat } from '../proof'
import { readHeaders, writeHeaders } from './headers'

/** A signature for each active key, each in a header of its own: the scheme’s name for it with `-1`, `-2` … behind, up to `most`. */
export function numbered(most: number): ProofFormat {
  return {
    read(scheme, { read, ...request }) {
      const { header, list } = scheme.signature as Required<HeaderLocation>
      const readAll = () => {
        const numbers = Array.from({ length: most }, (_, at) => read(`${header}-${at + 1}`))
        return numbers.filter((value) => value !== undefined).join(list) || undefined
      }
      return readHeaders(scheme, { ...request, read: (name) => (name === header ? readAll() : read(name)) })
    },
    async write(scheme, { signers, ...request }) {
      const { header } = scheme.signature as HeaderLocation
      const headers: Record<string, string> = {}
      for (const [at, signer] of signers.entries()) {
        const one = await writeHeaders(scheme, { ...request, signers: [signer] })
        headers[`${header}-${at + 1}`] = one.headers[header] as string
      }
      return { headers }
    },
  }
}
