import { expectNumber, expectOption, refuseOption } from '../core/options'
import { parseAddress, parseRange } from './address'
import { isAllowed } from './special'

/** What the guard lets through beyond the public internet on ports 80 and 443. */
export interface GuardOptions {
  /**
   * Addresses in CIDR notation that may be called although they are private, such as `10.0.0.0/8`.
   *
   * Those where a cloud hands out credentials are allowed one by one only: `169.254.169.254/32`.
   */
  readonly allow?: readonly string[]
  /** The ports that may be called, in place of 80 and 443. */
  readonly ports?: readonly number[]
}

/** Keeps a sender from calling what only we can reach. */
export interface Guard {
  /** Whether a URL may be called, as far as it shows. */
  permits(url: URL): boolean
  /** Whether an address may be dialled, whoever found it. */
  permitsAddress(text: string): boolean
}

// URL writes every IPv4 address in the one form with dots, and no name ends in a number.
const isLiteral = (host: string) => host.includes(':') || parseAddress(host) !== undefined

/** The URL's host as `net` takes it. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** Makes the guard of a sender; `false` lets everything through. Throws a `ConfigurationError` for a range or port that is none. */
export function createGuard(options: GuardOptions | false): Guard {
  if (options === false) return { permits: () => true, permitsAddress: () => true }
  expectOption(typeof options === 'object' && options !== null, 'guard', 'an object or false', options)
  const { allow = [], ports = [80, 443] } = options
  expectOption(Array.isArray(allow), 'guard.allow', 'an array of ranges in CIDR notation', allow)
  expectOption(Array.isArray(ports), 'guard.ports', 'an array of ports', ports)
  const allowed = allow.map(
    (text) => (typeof text === 'string' && parseRange(text)) || refuseOption('guard.allow', 'ranges in CIDR notation', text),
  )
  for (const port of ports) expectNumber('guard.ports', port, 1, 65_535)
  const allowedPorts = new Set(ports)

  const permitsAddress = (text: string) => {
    const address = parseAddress(text)
    return address !== undefined && isAllowed(address, allowed)
  }

  return {
    permits(url) {
      const defaultPort = { 'http:': 80, 'https:': 443 }[url.protocol]
      const host = hostOf(url)
      return (
        defaultPort !== undefined &&
        url.username === '' &&
        url.password === '' &&
        allowedPorts.has(url.port === '' ? defaultPort : Number(url.port)) &&
        // Literal addresses are dialled without a lookup.
        (!isLiteral(host) || permitsAddress(host))
      )
    },

    permitsAddress,
  }
}
