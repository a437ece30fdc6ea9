import { formatTimestamp } from '../../core/clock'
import { VerificationError } from '../../core/errors'
import { pointTo, readPointer } from '../../core/pointer'
import type { Part, Signer } from '../../crypto/algorithm'
import { generateId } from '../../crypto/random'
import type { ProofFormat } from '../proof'
import type { InBody, Scheme } from '../scheme'
import { readSignature, writeSignature } from './headers'
import { bodyHints, jsonBytes, parseBody, withValue } from './json'

/** What a proof in a JSON body may be said of. */
export interface InBodyOptions {
  /** Where the list of items stands that are signed one by one, and the item in each of its entries. Default: the body is the one item. */
  readonly items?: { readonly list: string; readonly item: string }
  /** The one value that may hold the separator of the values; in others it would let them run into one another. */
  readonly free?: string
}

const mostItems = 100

/** Where the values of an item stand that are signed; the time is one of them. */
const pointersOf = ({ content, timestamp }: Scheme) =>
  content.map((part) => (part === 'timestamp' ? (timestamp as InBody) : (part as InBody | { text: string })))

/** A proof that stands in the JSON body, over some of its values; each of several items has its own, and all must hold. */
export function inBody({ items, free }: InBodyOptions = {}): ProofFormat {
  const itemsOf = (document: unknown): readonly unknown[] => {
    if (!items) return [document]
    const list = pointTo(document, items.list)
    return Array.isArray(list) && list.length <= mostItems ? list.map((entry) => pointTo(entry, items.item)) : []
  }

  /** The values of an item in order; undefined where one of them could pass for two. */
  function contentOf(scheme: Scheme, item: unknown): Part[] | undefined {
    const parts = pointersOf(scheme)
    const separators = parts.flatMap((part) => ('text' in part ? part.text : []))
    const values = parts.map((part) => ('text' in part ? part.text : (readPointer(item, part.body) ?? '')))
    const runsOver = parts.some(
      (part, at) => 'body' in part && part.body !== free && separators.some((text) => (values[at] as string).includes(text)),
    )
    return runsOver ? undefined : values
  }

  return {
    read(scheme, { body }) {
      const place = (scheme.signature as InBody).body
      const proofs = itemsOf(parseBody(body)).map((item) => {
        const content = contentOf(scheme, item)
        const signature = readSignature(scheme, readPointer(item, place) ?? '')
        if (!content || !signature) throw new VerificationError('no_signature', place, bodyHints)
        return { content, signature }
      })
      if (proofs.length === 0) throw new VerificationError('no_signature', place, bodyHints)
      return {
        identity: { id: undefined, idIsSigned: false },
        async matches(verifier) {
          for (const { content, signature } of proofs) if (!(await verifier.matches(content, [signature]))) return false
          return true
        },
      }
    },

    async write(scheme, { body, time, id, signers: [signer] }) {
      const place = (scheme.signature as InBody).body
      const { id: idPlace, timestamp } = scheme
      const seal = async (item: unknown) => {
        let sealed = item
        if (timestamp && 'body' in timestamp) sealed = withValue(sealed, timestamp.body, formatTimestamp(time, scheme.unit))
        // Only an id that a field of its own is for; others are the event's.
        if (idPlace && 'body' in idPlace && readPointer(sealed, idPlace.body) === undefined) {
          sealed = withValue(sealed, idPlace.body, id ?? generateId())
        }
        const signature = await (signer as Signer).sign(contentOf(scheme, sealed) ?? [])
        return withValue(sealed, place, writeSignature(scheme, signature))
      }
      let document = parseBody(body)
      if (!items) return { headers: {}, body: jsonBytes(await seal(document)) }
      for (const at of itemsOf(document).keys()) {
        const pointer = `${items.list}/${at}${items.item}`
        document = withValue(document, pointer, await seal(pointTo(document, pointer)))
      }
      return { headers: {}, body: jsonBytes(document) }
    },
  }
}
