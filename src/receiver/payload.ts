/** What we call of a schema library: the Standard Schema interface (standardschema.dev), version 1. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

/** The payload is not what it must be: mostly our own mistake, and mended by a deploy. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a body; refuses what is not UTF-8, and keeps a byte order mark, since nothing is to be lost. */
function textOf(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch (cause) {
    throw new PayloadError('The body is not UTF-8.', { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch {
    // Without the cause, whose message quotes the body.
    throw new PayloadError('The body is not JSON.')
  }
}

/** A form as a record without a prototype; of a name that comes twice the last value. Where `payload` is all there is, as GitHub and Slack send it, the JSON in it. */
function parseForm(text: string): unknown {
  const fields = new URLSearchParams(text)
  const payload = fields.get('payload')
  if (payload?.startsWith('{') && fields.size === 1) return parseJson(payload)
  return Object.assign(Object.create(null), Object.fromEntries(fields))
}

/** The payload of a verified body: JSON for json, `+json`, text/plain or no type; a form as a record; else undefined. */
export function parsePayload(body: Uint8Array, contentType: string | undefined): unknown {
  const type = contentType === 'application/json' ? contentType : (contentType ?? '').replace(/;.*/, '').trim().toLowerCase()
  if (type === '' || type === 'text/plain' || type.endsWith('+json') || type.endsWith('/json')) {
    return parseJson(textOf(body))
  }
  return type === 'application/x-www-form-urlencoded' ? parseForm(textOf(body)) : undefined
}

/** The payload as the schema has it. */
export async function validatePayload<T>(schema: StandardSchemaV1<unknown, T>, payload: unknown): Promise<T> {
  const result = await schema['~standard'].validate(payload)
  if (!result.issues) return result.value
  const first = result.issues[0]
  const path = first?.path
    ?.map((segment) => (typeof segment === 'object' && segment ? (segment as { key: unknown }).key : segment))
    .join('.')
  throw new PayloadError(`The payload fails the schema${path ? ` at ${path}` : ''}: ${first?.message ?? 'no reason given'}`)
}
