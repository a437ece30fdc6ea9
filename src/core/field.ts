/** Whether every platform can send a header (RFC 9110, sections 5.1 and 5.5): a token, and a value without control characters. */
export const isWritable = (name: string, value: string): boolean =>
  /^[\w!#$%&'*+\-.^`|~]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

/** What belongs to one connection (RFC 9110, section 7.6.1) or is counted from the bytes, by its lower-case name. */
export const ofConnection = [
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const
