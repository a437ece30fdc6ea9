import { type Address, contains, parseRange, type Range } from './address'

const ranges = (...texts: readonly string[]): readonly Range[] => texts.map((text) => parseRange(text) as Range)

/** IPv4 that is not the public internet: the registry of RFC 6890, multicast, and what a cloud answers on. */
const refused4 = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
)

/** IPv6 that is: global unicast, without tunnels, documentation and what else is set apart in it. */
const global6 = ranges('2000::/3')
const refused6 = ranges('2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20')

/** Where clouds hand out credentials; a wider range that holds one of these does not allow it. */
const metadata = ranges(
  '169.254.169.254/32',
  'fd00:ec2::254/128',
  '168.63.129.16/32',
  // Credentials of containers, and the same service elsewhere.
  '169.254.170.2/32',
  '169.254.170.23/32',
  'fd00:ec2::23/128',
  '100.100.100.200/32',
  '192.0.0.192/32',
)

const nat64 = ranges('64:ff9b::/96')

const isIn = (some: readonly Range[], address: Address) => some.some((range) => contains(range, address))
const isExact = ({ bits, prefixBits }: Range) => bits === prefixBits

/** Whether an address may be dialled: it is on the public internet, or allowed in so many words. */
export function isAllowed(address: Address, allowed: readonly Range[]): boolean {
  if (isIn(metadata, address)) return isIn(allowed.filter(isExact), address)
  if (isIn(allowed, address)) {
    // A translator is allowed for where it leads to (RFC 6052, section 2.1).
    return !isIn(nat64, address) || isAllowed({ bits: 32, value: address.value & 0xffff_ffffn }, allowed)
  }
  return address.bits === 32 ? !isIn(refused4, address) : isIn(global6, address) && !isIn(refused6, address)
}
