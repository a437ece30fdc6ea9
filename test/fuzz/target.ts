import { type Scheme, VerificationError, type Verified, verify } from 'countersign'
import { toHeaders } from '../../src/receiver/request'
import { bodyOf, make, url } from '../schemes/genuine'
import { decisions } from './decisions'
import { mutate, type Pieces } from './mutations'

/** A scheme under attack: two genuine requests of one sender, and the rule that nothing else is accepted. */
export interface Target {
  readonly name: string
  /** Tries the request that the bytes decide. Throws where something is accepted that nobody signed, or thrown that no input may throw. */
  attack(bytes: Uint8Array): Promise<Outcome>
}

/** What came of a case, and how long it took the library alone. */
export interface Outcome {
  readonly isAccepted: boolean
  readonly milliseconds: number
}

/** Where values of the body are signed, and not its bytes; `token` signs nothing. */
const signsValuesOnly = ['adyen', 'mailgun', 'twilio']
/** Where the URL is signed, and not as a part of `content`. */
const signsUrlsToo = [
  'contentful',
  'twilio',
  'rfc9421-ecdsa-p256-sha256',
  'rfc9421-ed25519',
  'rfc9421-hmac-sha256',
  'rfc9421-rsa-pss-sha512',
]

const equal = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0

/** Text that shows a request, for whoever must find out. */
const shown = ({ headers, body, url: at }: Pieces) =>
  JSON.stringify({ headers, url: at, body: Buffer.from(body).toString('latin1') })

/** Makes the target of a scheme. */
export async function targetOf(scheme: Scheme): Promise<Target> {
  const now = new Date()
  const { keys, ...first } = await make(scheme)
  const second = await make(scheme, keys, `${bodyOf(scheme)} `)
  const piecesOf = ({ headers, body }: typeof first): Pieces => ({
    headers: Object.entries(headers),
    body: Buffer.from(body),
    url,
    method: 'POST',
  })
  const [genuine, other] = [piecesOf(first), piecesOf(second)]
  const check = ({ headers, body, url: at, method }: Pieces, shape: 'pairs' | 'Headers' = 'pairs') => {
    const given = shape === 'pairs' ? headers : toHeaders(headers as never)
    return verify(scheme, { secret: keys.receiver, headers: given as never, body, url: at, method, now })
  }

  const signsBody = scheme.algorithm.name !== 'token' && !signsValuesOnly.includes(scheme.name)
  const signsUrl = scheme.content.includes('url') || signsUrlsToo.includes(scheme.name)
  const signed = [
    { ...genuine, ...(await check(genuine)) },
    { ...other, ...(await check(other)) },
  ]

  function judge(pieces: Pieces, { id, idIsSigned, timestamp }: Verified): void {
    const isGenuine = signed.some(
      (one) =>
        (!idIsSigned || id === one.id) &&
        timestamp?.getTime() === one.timestamp?.getTime() &&
        (!signsBody || equal(pieces.body, one.body)) &&
        (!signsUrl || withoutFragment(pieces.url) === url),
    )
    if (!isGenuine) throw new Error(`${scheme.name} accepted what nobody signed: ${shown(pieces)}`)
  }

  return {
    name: scheme.name,
    async attack(bytes) {
      const decide = decisions(bytes)
      const shape = decide.pick(['pairs', 'Headers'] as const)
      const pieces = mutate(genuine, decide, other)
      let verified: Verified
      const started = performance.now()
      const outcome = (isAccepted: boolean) => ({ isAccepted, milliseconds: performance.now() - started })
      try {
        verified = await check(pieces, shape)
      } catch (error) {
        if (error instanceof VerificationError) return outcome(false)
        throw new Error(`${scheme.name} threw what no input may: ${String(error)}: ${shown(pieces)}`, { cause: error })
      }
      const accepted = outcome(true)
      judge(pieces, verified)
      return accepted
    },
  }
}

/** A fragment is never sent. */
const withoutFragment = (at: string) => at.split('#')[0]
