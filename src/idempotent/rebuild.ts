import { utf8 } from '../core/bytes'

/** Where a body parser leaves what it read. */
export interface Parsed {
  readonly body?: unknown
}

/** A body whose bytes are gone. */
export interface Rebuilt {
  /** Bytes that mean the same as those that came. */
  readonly body: Uint8Array
  /** The same for any order of members and any white space: what a fingerprint is made of. */
  readonly canonical: Uint8Array
}

/** JSON with the members of every object in one order, so that equal values have equal texts. */
export const canonicalJson = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  )

/** A form's fields in one order, or undefined where they are nested: no form says how. */
function formOf(body: object): Rebuilt | undefined {
  const fields = Object.entries(body).flatMap(([name, value]) => [value].flat().map((one) => [name, one as unknown] as const))
  if (!fields.every((field): field is [string, string] => typeof field[1] === 'string')) return undefined
  const form = new URLSearchParams(fields)
  const text = form.toString()
  form.sort()
  return { body: utf8(text), canonical: utf8(form.toString()) }
}

function exactly(text: string): Rebuilt {
  const body = utf8(text)
  return { body, canonical: body }
}

/** Where an object may stand for JSON; of any other type it is what is left when something else has taken the body. */
const jsonTypes = /^$|[/+]json\b|^text\/plain\b/i

/** The body of what a parser has made of it: text as it is, a flat form as a form, else JSON. Undefined where neither can be. */
export function rebuild({ body }: Parsed, headers: Headers): Rebuilt | undefined {
  const type = headers.get('content-type') ?? ''
  if (typeof body === 'string') {
    const text = exactly(body)
    // A text parser has kept every byte; of a JSON string at least the quotes are gone.
    const isWhole = !/[/+]json\b/i.test(type) || headers.get('content-length') === String(text.body.length)
    if (isWhole) return text
  }
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return typeof body === 'object' && body ? formOf(body) : undefined
  if (!jsonTypes.test(type)) return undefined
  try {
    const [text, canonical] = [JSON.stringify(body) as string | undefined, canonicalJson(body)]
    return text === undefined || canonical === undefined ? undefined : { body: utf8(text), canonical: utf8(canonical) }
  } catch {
    // A big integer of a parser of its own, or nested deeper than it can be written.
    return undefined
  }
}
