/** An IP address as a number, and how many bits of it there are: 32 or 128. */
export interface Address {
  readonly bits: number
  readonly value: bigint
}

/** Addresses that share their first bits. */
export interface Range extends Address {
  readonly prefixBits: number
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const dotted = new RegExp(`^${octet}(?:\\.${octet}){3}$`)
// What could end the brackets of a URL early, or name a zone, is no address.
const isIPv6 = (text: string) => /^[\da-f.]*:[\da-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]`)

const number = (parts: readonly number[], bitsEach: bigint) =>
  parts.reduce((value, part) => (value << bitsEach) | BigInt(part), 0n)

/**
 * The address that a text is, or undefined where it is none or names a zone.
 *
 * An IPv4 address in IPv6 clothes (`::ffff:0:0/96`, RFC 4291, section 2.5.5.2) is the IPv4 address, since that is what is dialled.
 */
export function parseAddress(text: string): Address | undefined {
  if (dotted.test(text)) return { bits: 32, value: number(text.split('.').map(Number), 8n) }
  if (!isIPv6(text)) return undefined
  // URL writes it in the one form of RFC 5952, without dots.
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = canonical.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const value = number(
    [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16)),
    16n,
  )
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value }
}

/** The range that a text in CIDR notation is, or undefined where it is none. An address alone is the range of itself. */
export function parseRange(text: string): Range | undefined {
  const [, start = '', digits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const address = parseAddress(start)
  if (!address) return undefined
  const unwrappedBits = isIPv6(start) ? 128 - address.bits : 0
  const prefixBits = digits === undefined ? address.bits : Number(digits) - unwrappedBits
  return prefixBits >= 0 && prefixBits <= address.bits ? { ...address, prefixBits } : undefined
}

/** Whether an address is in a range. */
export function contains({ bits, value, prefixBits }: Range, address: Address): boolean {
  const rest = BigInt(bits - prefixBits)
  return bits === address.bits && value >> rest === address.value >> rest
}
