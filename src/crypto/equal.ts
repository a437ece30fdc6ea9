import { nodeCrypto } from './runtime'

/** Whether two arrays hold the same bytes, in a time that depends on their lengths alone. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  if (nodeCrypto) return nodeCrypto.timingSafeEqual(left, right)
  let difference = 0
  for (let at = 0; at < left.length; at++) difference |= (left[at] as number) ^ (right[at] as number)
  return difference === 0
}
