/** The ESM and the CJS build have a class each; the brand makes `instanceof` hold across them. */
const brand = Symbol.for('countersign.error')

/** What every error of this library has: a code to branch on and a hint for the developer. */
export abstract class CodedError<Code extends string> extends Error {
  /** The class’s name, which no minifier changes. */
  declare static readonly label: string
  /** The cause, as a literal of a closed union: branch on this, not on `message`. */
  declare readonly code: Code
  /** What went wrong and how to mend it, for the developer's log. Never send it to the caller. */
  declare readonly hint: string

  constructor(code: Code, hint: string, options?: ErrorOptions, message = hint) {
    super(message, options)
    this.code = code
    this.hint = hint
  }

  override get name(): string {
    return (this.constructor as typeof CodedError).label
  }

  get [brand](): string {
    return this.name
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return (value as { [brand]?: string } | undefined)?.[brand] === this.label
  }
}

/** Why a request was refused. The sender sees one 401 for all of them; this is for the observer and the log. */
export const verificationHints = {
  missing_header: "absent. Dropped by a proxy, or another provider's?",
  duplicate_header: 'arrived twice',
  malformed_header: 'not in the form of the scheme',
  no_signature: 'no signature in the form of the scheme',
  signature_mismatch: 'another secret, or a body serialised again?',
} as const

/** The cause of a {@link VerificationError}. */
export type VerificationErrorCode =
  | keyof typeof verificationHints
  | 'malformed_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'key_unavailable'

/**
 * Thrown by `verify` when a request is not what its sender signed; answer every one with the same 401.
 *
 * `code` tells the cause and `hint` the mend; neither holds a secret, an expected signature or the body, and `message` is the same for all.
 * It has no stack, so that refusing a stranger stays cheap.
 */
export class VerificationError extends CodedError<VerificationErrorCode> {
  static override readonly label = 'VerificationError'

  /** `subject` is what the cause is about, such as a header’s name; `hints` holds the hint of the code. */
  constructor(
    code: VerificationErrorCode,
    subject?: string,
    hints: { readonly [Code in VerificationErrorCode]?: string } = verificationHints,
  ) {
    const { stackTraceLimit } = Error
    // Without a stack: it takes longer than verifying does, and strangers can ask for any number of them.
    Reflect.set(Error, 'stackTraceLimit', 0)
    super(code, `${subject ? `${subject}: ` : ''}${hints[code]}`, {}, 'The request could not be verified')
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** The cause of a {@link ConfigurationError}: an option, a secret, or a scheme description. */
export type ConfigurationErrorCode = 'invalid_option' | 'invalid_secret' | 'invalid_scheme'

/**
 * Thrown for a mistake in the developer's own options, never for what a request holds: "Expected …, got …".
 *
 * The receivers throw it where they are constructed; `sign` and `verify` reject with it.
 */
export class ConfigurationError extends CodedError<ConfigurationErrorCode> {
  static override readonly label = 'ConfigurationError'
}
