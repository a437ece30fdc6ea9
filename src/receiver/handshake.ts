import { utf8 } from '../core/bytes'
import { equal } from '../crypto/equal'
import { writeSignature } from '../schemes/proofs/headers'
import type { ChallengeAnswer, Handshake, Scheme } from '../schemes/scheme'
import { type Secrets, secretsOf, signerOf } from '../signing/keys'
import type { Answer } from './answers'
import { Rejection, type UnverifiedRequest } from './request'

const mostChallengeBytes = 1024

/** A challenge as the provider wants it, in a form that no browser takes for a page; undefined where it is longer than any provider's. */
function echo(challenge: ChallengeAnswer): Answer | undefined {
  const isText = typeof challenge === 'string'
  const { status = 200, json } = isText ? {} : challenge
  const text = isText ? challenge : (JSON.stringify(json) as string | undefined)
  if (text === undefined) return { status, headers: {} }
  const body = utf8(text)
  if (body.length > mostChallengeBytes) return undefined
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json'
  return { status, headers: { 'content-type': type, 'x-content-type-options': 'nosniff' }, body }
}

/**
 * Answers the handshake of a scheme that has one; undefined where the request is none.
 *
 * `secret` finds the secret to sign with, which few handshakes need. Throws a `Rejection` for a handshake that is refused.
 */
export async function answerHandshake(
  scheme: Scheme,
  request: UnverifiedRequest,
  payload: unknown,
  verifyToken: string | undefined,
  secret: () => Promise<Secrets>,
): Promise<Answer | undefined> {
  const challenge = await (scheme.handshake as Handshake).challenge({
    url: request.url,
    headers: request.headers,
    payload,
    isVerifyToken: (text) => verifyToken !== undefined && equal(utf8(text), utf8(verifyToken)),
    async sign(text) {
      const [first] = secretsOf(await secret())
      return writeSignature(scheme, await signerOf(scheme, first as string).sign([text]))
    },
  })
  if (challenge === undefined) return undefined
  const answer = challenge === false ? undefined : echo(challenge)
  if (answer) return answer
  throw new Rejection('bad_handshake', 'The handshake shows another token than `verifyToken`, or a challenge that is too long.')
}
