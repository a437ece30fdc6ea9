import { encode } from '../core/encoding'
import { type HeadersInput, headerReader } from '../core/headers'
import { sha256 } from '../crypto/digest'
import { isKey } from '../idempotency/store'
import { escaped } from '../receiver/key'
import { Refusal } from './problems'

const header = 'idempotency-key'
const mostCharacters = 255

/** A String of RFC 8941, section 3.3.3, without parameters. */
const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/
/** A Token of RFC 8941, section 3.3.4, of which the first character may be any: bare UUIDs begin with a digit. */
const bare = /^[\w!#$%&'*+\-.^`|~:/]+$/

/**
 * The key that a request carries, or undefined where it has none; a quoted key and the bare one are the same.
 *
 * Sections 2.1 and 5 of draft-ietf-httpapi-idempotency-key-header: one header, validated before anything is looked up.
 */
export function readKey(headers: HeadersInput): string | undefined {
  let value: string | undefined
  try {
    value = headerReader(headers)(header)
  } catch {
    throw new Refusal('malformed_key', 'The header came more than once.')
  }
  if (value === undefined) return undefined
  const text = value.trim()
  const key = bare.test(text) ? text : quoted.exec(text)?.[1]?.replace(/\\(.)/g, '$1')
  if (!key) throw new Refusal('malformed_key', 'The header is neither a quoted string nor a bare token.')
  if (key.length > mostCharacters) throw new Refusal('malformed_key', `The key has more than ${mostCharacters} characters.`)
  return key
}

/** Where a key is kept: scope / method / path / key, so that no caller meets another's; hashed where no store could hold it. */
export async function storeKey(scope: string, method: string, path: string, key: string): Promise<string> {
  const whole = [scope, method, path, key].map((part) => escaped(part)).join('/')
  return isKey(whole) ? whole : encode(await sha256([whole]), 'hex')
}
