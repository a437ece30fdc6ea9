import { ConfigurationError, VerificationError, type VerificationErrorCode } from '../core/errors'
import type { Scheme } from '../schemes/scheme'
import { lostBody, oddBody } from './body/lost'
import { type Case, type ExplainOptions, gather, signs } from './evidence'
import { type Explanation, type Suspect, suspect } from './explanation'
import { type Repaired as RepairedHeaders, repairHeaders, repairSignature } from './headers'
import { openProbe, type Refusal, refusalOf, withOwnKeys } from './probe'
import { otherProvider } from './scheme'
import { search } from './search'
import { kindOf } from './secret/kind'
import { inOtherUnits, timeOf } from './time'

/** The request with the secrets that can be keys, and what is wrong with the others. */
async function sortSecrets(request: Case): Promise<{ request: Case; unusable: Suspect | undefined }> {
  const refusals = await Promise.all(request.given.map((secret) => refusalOf({ ...request, secrets: [secret] }, false)))
  const isUsable = (at: number) => refusals[at]?.code !== 'invalid_secret'
  const refused = refusals.find((_, at) => !isUsable(at))
  return {
    request: { ...request, secrets: request.given.filter((_, at) => isUsable(at)) },
    unusable:
      refused && suspect('secret_unusable', `The secret cannot be a key of ${request.scheme.name}. ${sentence(refused.hint)}`),
  }
}

/** A request with its headers and times as the sender wrote them, as far as it tells, and why it is still refused. */
interface Repaired extends Pick<RepairedHeaders, 'findings' | 'missing'> {
  readonly request: Case
  readonly refusal: Refusal | undefined
}

async function repair(given: Case): Promise<Repaired> {
  const { headers, missing, ...repaired } = repairHeaders(given.scheme, given.headers)
  const findings = [...repaired.findings]
  let request: Case = { ...given, headers }
  let refusal = await refusalOf(request, false)
  const units = refusal?.code === 'malformed_timestamp' ? inOtherUnits(request) : []
  for (const { change, ...unit } of units) {
    const changed = { ...request, ...change }
    const next = await refusalOf(changed, false)
    if (next?.code === 'malformed_timestamp') continue
    request = changed
    refusal = next
    findings.push(unit)
    break
  }
  const signature = refusal?.code === 'no_signature' ? repairSignature(request.scheme, request.headers) : undefined
  if (signature) {
    request = { ...request, headers: signature.headers }
    refusal = await refusalOf(request, false)
    findings.push(...signature.findings)
  }
  return { request, findings, missing, refusal }
}

/** What a refusal says by itself; a signature that does not match says nothing. */
const causeOf: { readonly [Code in VerificationErrorCode]?: keyof typeof said } = {
  missing_header: 'header_missing',
  duplicate_header: 'header_duplicated',
  malformed_header: 'malformed',
  no_signature: 'malformed',
  malformed_timestamp: 'malformed',
  timestamp_too_old: 'timestamp_too_old',
  timestamp_too_new: 'timestamp_too_new',
}

const said = {
  header_missing: 'A header of the scheme is not there:',
  header_duplicated: 'A header of the scheme arrived twice:',
  malformed: 'The request is not in the form of the scheme:',
  timestamp_too_old: 'The request is too old:',
  timestamp_too_new: 'The request is of the future:',
} as const

const sentence = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`)

/** What the request shows to be wrong, where no guess made its signature hold. */
function* evident(request: Case, { findings, missing, refusal }: Repaired): Generator<Suspect> {
  // A proof of its own may do without a header that the scheme names.
  const mayLack = request.scheme.proof === undefined || refusal?.code === 'missing_header'
  const other = mayLack ? otherProvider(request) : undefined
  if (other) yield other
  else {
    yield* findings
    for (const name of mayLack ? missing : []) {
      yield suspect('header_missing', `The header ${name} is not there, under this name or one like it.`)
    }
  }
  const lost = lostBody(request)
  if (lost) yield lost
  else if (
    refusal instanceof VerificationError &&
    missing.length === 0 &&
    !findings.some(({ cause }) => cause.startsWith('header_'))
  ) {
    const cause = causeOf[refusal.code]
    if (cause) yield suspect(cause, `${said[cause]} ${sentence(refusal.hint)}`)
  }
  for (const secret of request.given) {
    const kind = kindOf(secret)
    if (kind) yield kind
  }
}

const otherUrl = ' The URL may be signed too: give `publicUrl`, or `url` of verify(), the one that the provider calls.'

/** Drops what a suspect carries beside what is shown. */
const shown = ({ cause, explanation, mend }: Suspect, proven: boolean) => ({ cause, explanation, mend, proven })

function explained(suspects: readonly Suspect[], proven: boolean): Explanation | undefined {
  const [first, ...also] = suspects.map((one) => shown(one, proven))
  return first && { outcome: 'explained', ...first, also }
}

/**
 * Tells why `verify` refuses a request, and how to mend it: in development, from what a refused request left in the log.
 *
 * Takes the options of `verify`. Tries what commonly goes wrong (the body, the secret, the time, the scheme, the URL, the headers),
 * offline, and at most a few thousand MACs; a cause with `proven` made the signature hold. Nothing of it is a reason to accept the
 * request, and none of it is for the caller. It shows no secret, no signature and no body. Rejects with a `ConfigurationError` as
 * `verify` does, but explains a secret that cannot be a key.
 */
export async function explain(scheme: Scheme, options: ExplainOptions): Promise<Explanation> {
  const given = gather(scheme, options)
  const refusal = await refusalOf(given, given.toleranceSeconds)
  if (refusal === undefined) {
    return {
      outcome: 'verifies',
      explanation: 'Nothing is wrong: verify() accepts this request.',
      mend: 'Nothing is to be done.',
    }
  }
  if (refusal instanceof ConfigurationError && refusal.code !== 'invalid_secret') throw refusal
  if (refusal.code === 'key_unavailable') {
    const unavailable = suspect('key_unavailable', `The key of the provider is not there: ${sentence(refusal.hint)}`)
    return { outcome: 'explained', ...unavailable, proven: false, also: [] }
  }

  const copy: Case = { ...given, scheme: withOwnKeys(scheme) }
  const { request, unusable } =
    refusal.code === 'invalid_secret' ? await sortSecrets(copy) : { request: copy, unusable: undefined }
  const repaired = await repair(request)
  const found = await search(openProbe(), repaired.request, repaired.refusal)
  if (found.guesses) {
    const { guesses, request: mended, verified } = found
    const isOtherSecret = guesses.some(({ change }) => change.secrets)
    const time = await timeOf(mended, verified)
    const suspects = [
      ...repaired.findings,
      ...guesses,
      ...(time ? [time] : []),
      ...(unusable && !isOtherSecret ? [unusable] : []),
    ]
    const explanation = explained(suspects, true)
    if (explanation) return explanation
  }

  const suspects = [...evident(request, repaired)]
  if (unusable && !suspects.some(({ cause }) => cause.startsWith('secret_'))) suspects.push(unusable)
  const explanation = explained(suspects, false)
  if (explanation) return explanation
  const { ruledOut, notTried } = found.guesses ? { ruledOut: [], notTried: [] } : found
  const isLate = refusal.code === 'timestamp_too_old' || refusal.code === 'timestamp_too_new'
  return {
    outcome: 'unexplained',
    explanation: 'No cause found: nothing that was tried makes the signature hold.',
    mend: `Compare the secret with the one that the provider shows for this very endpoint and mode, and make sure that the body holds the exact bytes that arrived.${signs(request.scheme, 'url') ? otherUrl : ''}`,
    ruledOut,
    notTried,
    suspicions: [...oddBody(request), ...(isLate ? [`Beside that, ${refusal.hint}.`] : [])],
  }
}
