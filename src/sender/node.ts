import { lookup as lookupName } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { expectFunction, expectOption } from '../core/options'
import type { TlsOptions } from './agents'
import { guardLookup } from './lookup'
import { createNodeTransport } from './node-transport'
import { type CommonSenderOptions, checkOptions } from './options'
import { type Sender, senderBy } from './sender'
import { createUndiciTransport, type Undici } from './undici-transport'

/** What a sender on Node is made of. Only `scheme` has no default. */
export interface SenderOptions extends CommonSenderOptions {
  /** Authorities, or a certificate and its key, for endpoints that ask for more than the usual. */
  readonly tls?: TlsOptions
  /** Finds the addresses of a name, as `dns.lookup` does, which is the default. The guard judges what it finds. */
  readonly lookup?: LookupFunction
  /** The module `undici` (7), to send with in place of Node's own http; the guard judges what it dials too. */
  readonly undici?: Undici
}

/** Makes a sender; keep one for all endpoints. Throws a `ConfigurationError` for a mistake in the options. */
export function createSender(options: SenderOptions): Sender {
  const settings = checkOptions(options)
  const { tls, lookup = lookupName as LookupFunction, undici } = options
  expectOption(tls === undefined || (typeof tls === 'object' && tls !== null), 'tls', 'an object with `ca`, `cert` or `key`', tls)
  expectFunction('lookup', options.lookup)
  expectOption(undici === undefined || typeof undici?.Agent === 'function', 'undici', 'the module undici', undici)
  const { guard, timeoutSeconds, now } = settings
  const transportOptions = {
    lookup: guardLookup(guard, lookup),
    timeoutSeconds,
    now,
    tls: tls && { ca: tls.ca, cert: tls.cert, key: tls.key },
  }
  return senderBy(undici ? createUndiciTransport(undici, transportOptions) : createNodeTransport(transportOptions), settings)
}
