import * as providers from './providers'
import type { Scheme } from './scheme'

export { ed25519 } from '../crypto/ed25519'
export * from './providers'

/** Every scheme by its kebab-case name. Importing it brings them all; import one by name to bring that one. */
export const schemes: Readonly<Record<string, Scheme>> = Object.fromEntries(
  Object.values(providers).map((scheme) => [scheme.name, scheme]),
)
