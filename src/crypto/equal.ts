import { nodeCrypto } from './runtime'

/** Native code is given the same two arrays every time: what it is given for the first time takes ten times as long. */
const leftCopy = new Uint8Array(64)
const rightCopy = new Uint8Array(64)

/** Whether two arrays hold the same bytes, in a time that depends on their lengths alone. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  if (nodeCrypto && left.length <= 64) {
    leftCopy.set(left)
    // What stands behind is the same in both.
    rightCopy.set(leftCopy)
    rightCopy.set(right)
    return nodeCrypto.timingSafeEqual(leftCopy, rightCopy)
  }
  let difference = 0
  for (let at = 0; at < left.length; at++) difference |= (left[at] as number) ^ (right[at] as number)
  return difference === 0
}
