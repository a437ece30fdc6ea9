import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Guard } from './guard'

/** Marks that the guard refused an address. It names nothing: what a name resolves to inside is not the tenant's to know. */
export class BlockedError extends Error {}

/** Finds the addresses of a name and refuses them all if one may not be called: what is judged is what is dialled. */
export function guardLookup({ permitsAddress }: Guard, lookup: LookupFunction): LookupFunction {
  return (hostname, { all, ...options }, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, [])
      const addresses: LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : (found ?? [])
      const [first] = addresses
      if (!first || !addresses.every(({ address }) => permitsAddress(address))) return callback(new BlockedError('Blocked'), [])
      return all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}
