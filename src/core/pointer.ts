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

/** The text or number at a JSON pointer, as text; undefined where there is neither. */
export function readPointer(document: unknown, pointer: string): string | undefined {
  const value = pointTo(document, pointer)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
