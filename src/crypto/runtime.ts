/** What we call of node:crypto. */
export interface NodeCrypto {
  createHmac(hash: string, key: NodeKey): NodeHash
  createHash(hash: string): NodeHash
  /** Since Node 20.12. */
  hash?(hash: string, data: Uint8Array, encoding: 'latin1' | 'hex' | 'base64' | 'base64url'): string
  createSecretKey(key: Uint8Array): NodeKey
  createPublicKey(key: { key: Uint8Array; format: 'der'; type: 'spki' }): NodeKey
  createPrivateKey(key: { key: Uint8Array; format: 'der'; type: 'pkcs8' }): NodeKey
  sign(hash: string | undefined, data: Uint8Array, key: NodeSigning & { key: NodeKey }): Uint8Array
  verify(hash: string | undefined, data: Uint8Array, key: NodeSigning & { key: NodeKey }, signature: Uint8Array): boolean
  timingSafeEqual(left: Uint8Array, right: Uint8Array): boolean
}

/** How a key signs, beside the hash. */
export interface NodeSigning {
  readonly dsaEncoding?: 'ieee-p1363'
  readonly padding?: number
  readonly saltLength?: number
}

interface NodeHash {
  update(data: string | Uint8Array): NodeHash
  digest(): Uint8Array
}

/** A KeyObject, handed back to node:crypto and never looked into. */
type NodeKey = object

type Process = { getBuiltinModule?: (name: string) => unknown }

/**
 * node:crypto on Node, Bun, Deno and Workers with Node compatibility; undefined elsewhere, where Web Crypto does the work.
 *
 * Asked for at run time, so that one build serves every runtime and no bundler trips over an import.
 */
export const nodeCrypto = (globalThis as { process?: Process }).process?.getBuiltinModule?.('node:crypto') as
  | NodeCrypto
  | undefined
