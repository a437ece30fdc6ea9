import { ConfigurationError } from '../core/errors'
import { expectOption, expectTolerance } from '../core/options'
import type { Algorithm } from '../crypto/algorithm'
import { ecdsaP256 } from '../crypto/ecdsa'
import { ed25519 } from '../crypto/ed25519'
import { hmacs } from '../crypto/hmac'
import { rsaPssSha512 } from '../crypto/rsa'
import { makeScheme } from './make'
import { type Component, componentOf } from './proofs/components'
import { contentDigest } from './proofs/content-digest'
import { createdAt, httpSignature } from './proofs/http-signature'
import { parseDictionary, writeText } from './proofs/structured-fields'
import type { Scheme, SchemeDescription } from './scheme'

/** What a sender of HTTP Message Signatures and its receiver have agreed on. */
export interface HttpSignatureOptions
  extends Pick<SchemeDescription, 'key' | 'toleranceSeconds' | 'type' | 'retry' | 'bodyIsKey' | 'maxBodyBytes'> {
  /** Default: `rfc9421-` and the algorithm’s name. */
  readonly name?: string
  /** One of RFC 9421, section 3.3, such as `hmac-sha256` or the `ed25519` of countersign/schemes. */
  readonly algorithm: 'hmac-sha256' | Algorithm
  /**
   * What a signature must cover: `@method`, `@target-uri`, `@authority`, `@scheme`, `@request-target`, `@path`, `@query`,
   * `@query-param;name="…"`, and headers in lower case. Default: anything, so that the body may be unsigned.
   *
   * Recommended: `['@method', '@target-uri', 'content-digest']`. Without `content-digest` the body is not signed.
   */
  readonly components?: readonly string[]
  /** The one label to look at. Default: each of them, the first 8 that fit. */
  readonly label?: string
  /** What the signature must say that it is for. Default: anything. */
  readonly tag?: string
  /** Where the event’s id is in the body, which must then be signed. */
  readonly id?: { readonly body: string }
}

const algorithms = ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'rsa-v1_5-sha256']

/** What `sign` covers where nothing else was agreed on. */
const usual = ['@method', '@target-uri', contentDigest]

/** The component of a text such as `@method`, `content-type` or `@query-param;name="id"`. */
function toComponent(text: string): Component {
  try {
    const list = parseDictionary(`c=(${text.replace(/[^;]*/, writeText)})`, 'components').get('c')
    const [item, second] = list && 'items' in list ? list.items : []
    const component = item && !second && componentOf(item)
    if (component) return component
  } catch {}
  throw new ConfigurationError(
    'invalid_scheme',
    `Expected \`components\` to hold names of components, got ${JSON.stringify(text)}`,
  )
}

function make({ algorithm, components, label, tag, name, ...description }: HttpSignatureOptions): Scheme {
  const suite = algorithm === 'hmac-sha256' ? hmacs[algorithm] : algorithm
  const required = { components: components?.map(toComponent) ?? [], label, tag }
  return makeScheme(
    {
      ...description,
      name: name ?? `rfc9421-${suite.name}`,
      content: ['method', 'url', 'body'],
      algorithm: suite,
      encoding: 'base64',
      signature: { header: 'signature' },
      timestamp: { header: 'signature-input' },
      proof: httpSignature(required, components ? required.components : usual.map(toComponent)),
    },
    createdAt(required),
  )
}

/**
 * A scheme of HTTP Message Signatures (RFC 9421) that demands what you and the sender have agreed on.
 *
 * Only requests are understood, and the signatures in them that have `created`, cover something, and name no other algorithm; the
 * parameters `sf`, `bs`, `key`, `req` and `tr` of components are refused, `nonce` is signed and not remembered. A `content-digest`
 * must be that of the body wherever it is. A shared secret is given in base64. Throws a `ConfigurationError` for wrong options.
 */
export function httpSignatures(options: HttpSignatureOptions): Scheme {
  const { algorithm, components, label, tag, name = '', id, bodyIsKey, toleranceSeconds } = options
  const isKnown = algorithms.includes(typeof algorithm === 'string' ? algorithm : algorithm?.name)
  expectOption(isKnown, 'algorithm', `one of RFC 9421: ${algorithms.join(', ')}`, algorithm)
  expectOption(components === undefined || components.length > 0, 'components', 'a list of at least one', components)
  expectOption(label === undefined || /^[a-z*][a-z0-9_.*-]*$/.test(label), 'label', 'lower-case letters and digits', label)
  expectOption(tag === undefined || /^[ -~]*$/.test(tag), 'tag', 'printable ASCII', tag)
  expectOption(/^([a-z0-9]+(-[a-z0-9]+)*)?$/.test(name), 'name', 'kebab-case', name)
  if (toleranceSeconds !== undefined) expectTolerance(toleranceSeconds)
  const isSigned = components?.includes(contentDigest)
  if ((id || bodyIsKey) && !isSigned) {
    throw new ConfigurationError(
      'invalid_scheme',
      'Expected `components` to hold `content-digest`: `id` and `bodyIsKey` are of a signed body',
    )
  }
  return make(options)
}

/**
 * HTTP Message Signatures with a shared secret, given in base64, from any sender.
 *
 * Not signed: the BODY, unless the sender covers `content-digest`, which this scheme does not demand. Demand it with {@link
 * httpSignatures} and `components: ['@method', '@target-uri', 'content-digest']`. Source: www.rfc-editor.org/rfc/rfc9421.html.
 */
export const rfc9421HmacSha256 = /* @__PURE__ */ make({ algorithm: 'hmac-sha256', bodyIsKey: true })

/**
 * HTTP Message Signatures with Ed25519, from any sender.
 *
 * Not signed: the BODY, unless the sender covers `content-digest`, which this scheme does not demand. Demand it with {@link
 * httpSignatures}. Source: www.rfc-editor.org/rfc/rfc9421.html.
 */
export const rfc9421Ed25519 = /* @__PURE__ */ make({ algorithm: ed25519, bodyIsKey: true })

/**
 * HTTP Message Signatures with ECDSA on P-256, from any sender.
 *
 * Not signed: the BODY, unless the sender covers `content-digest`, which this scheme does not demand. Demand it with {@link
 * httpSignatures}. Source: www.rfc-editor.org/rfc/rfc9421.html.
 */
export const rfc9421EcdsaP256Sha256 = /* @__PURE__ */ make({ algorithm: ecdsaP256, bodyIsKey: true })

/**
 * HTTP Message Signatures with RSA PSS, from any sender.
 *
 * Not signed: the BODY, unless the sender covers `content-digest`, which this scheme does not demand. Demand it with {@link
 * httpSignatures}. Source: www.rfc-editor.org/rfc/rfc9421.html.
 */
export const rfc9421RsaPssSha512 = /* @__PURE__ */ make({ algorithm: rsaPssSha512, bodyIsKey: true })
