/** The value at a JSON pointer (RFC 6901), or undefined where there is none. Reads own properties only. */
export function pointTo(document: unknown, pointer: string): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replace(/~1/g, '/').replace(/~0/g, '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** A text, or a number as text; undefined for what is neither, and for a number so large that it may have been another one. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    ? String(value)
    : undefined

/** The text or number at a JSON pointer, as text; undefined where there is neither. */
export const readPointer = (document: unknown, pointer: string): string | undefined => asText(pointTo(document, pointer))
