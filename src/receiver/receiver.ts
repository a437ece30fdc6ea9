import { isPromised } from '../core/promised'
import { quiet } from '../core/quiet'
import { digestsAtOnce } from '../crypto/digest'
import type { Secret } from '../crypto/secret'
import { secretsOf } from '../signing/keys'
import { verifyAtOnce } from '../signing/verify'
import { createAccounts } from './accounts'
import { type Answer, answers } from './answers'
import { conclude } from './conclude'
import { enqueue } from './enqueue'
import { EventDraft, signedAt } from './event'
import { createExplaining, type Explain } from './explaining'
import { createHandling, Declined, type Handler, HandlerFailed, type Keyed } from './handle'
import { answerHandshake } from './handshake'
import { type Inbox, type InboxMessage, unpackBody } from './inbox'
import { keyText } from './key'
import { volatileHint } from './observe'
import type { ReceiverOptions } from './options'
import {
  asCalled,
  bodyOf,
  type IncomingRequest,
  Rejection,
  readBody,
  toHeaders,
  type UnverifiedRequest,
  unverified,
} from './request'
import { Unfinished, type WorkOptions } from './run'
import { checkOptions } from './settings'
import { createWitnesses, type Learned, type Witness } from './witness'

/** What an adapter stands on: requests in, answers out, and never an exception. */
export interface Receiving {
  receive(incoming: IncomingRequest): Promise<Answer>
  work(message: InboxMessage, options?: WorkOptions): Promise<void>
}

/** Makes a receiver: verify, claim, handle, complete or release. Throws a `ConfigurationError` for a mistake in the options. */
export function createReceiving<T>(options: ReceiverOptions<T>, handler: Handler<T, never>, explain: Explain): Receiving {
  const settings = checkOptions(options, handler)
  const { scheme, inbox, store, publicUrl, verifyToken, now = () => new Date() } = options
  const { types } = settings
  const { handshake } = scheme
  const observe = options.observe && quiet(options.observe)
  const witnessOf = createWitnesses(observe, scheme.name, options.endpoint)
  const accountOf = createAccounts(scheme, options.secret, observe)
  const explainTo = options.explain && observe ? createExplaining(explain, observe) : undefined
  const check: typeof verifyAtOnce = explainTo
    ? async (...given) => {
        try {
          return await verifyAtOnce(...given)
        } catch (error) {
          explainTo(error, ...given)
          throw error
        }
      }
    : verifyAtOnce
  const { keyOf, handle } = createHandling(options, handler, settings)
  const anyTime = new Date(0)
  // To ask the clock takes longer than to read a signature; of a scheme without a time only who explains looks at it.
  const timeOf = scheme.timing || scheme.proof || explainTo ? now : () => anyTime
  // Where nobody asks for a key, it is made when the handler reads it.
  const isKeyAskedFor = store !== undefined || inbox !== undefined || observe !== undefined || !digestsAtOnce
  const hint = volatileHint(store)
  if (hint) observe?.({ outcome: 'warning', scheme: scheme.name, code: 'volatile_store', hint })

  /** The URL as the sender called it: what a proxy hides is told by `publicUrl`. */
  function urlOf(incoming: IncomingRequest, request: () => UnverifiedRequest): string {
    if (typeof publicUrl === 'function') return publicUrl(request())
    return publicUrl === undefined ? incoming.url() : asCalled(incoming.url(), publicUrl)
  }

  /** A verified event whose key somebody asks for, or makes, on its way through claim and handler, or into the inbox. */
  async function settleKeyed(
    draft: EventDraft,
    keying: Keyed<T> | Promise<Keyed<T>>,
    isInboxed: boolean,
    learned: Learned,
    witness: Witness | undefined,
    options: WorkOptions,
  ): Promise<Answer> {
    const { key, validated } = await keying
    const known = await keyText(key)
    learned.key = known
    witness?.named()
    if (isInboxed) {
      const put = await enqueue(inbox as Inbox, draft, known, now())
      witness?.ended({ outcome: 'enqueued', put }, answers.acknowledged)
      return answers.acknowledged
    }
    const { answer, replayed, attempt } = await handle(draft, known, validated, options)
    witness?.ended(replayed ? { outcome: 'duplicate' } : { outcome: 'executed', attempt }, answer)
    return replayed ? { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } } : answer
  }

  /** A verified event on its way through types, claim and handler; each promise costs as much as a tenth of its hash. */
  function settle(
    draft: EventDraft,
    known: string | undefined,
    learned: Learned,
    witness: Witness | undefined,
    options: WorkOptions,
  ): Answer | Promise<Answer> {
    learned.id = draft.id
    learned.type = draft.type
    learned.key = known
    // What is put in an inbox is looked at when it is worked on.
    const isInboxed = inbox !== undefined && known === undefined
    if (types && !isInboxed) {
      if (scheme.type && 'body' in scheme.type) draft.payload()
      if (!types.includes(draft.type ?? '')) {
        witness?.ended({ outcome: 'ignored' }, answers.acknowledged)
        return answers.acknowledged
      }
    }
    const keying = known === undefined ? keyOf(draft, !isInboxed) : { key: known }
    if (isKeyAskedFor || isPromised(keying)) return settleKeyed(draft, keying, isInboxed, learned, witness, options)
    const handling = handle(draft, keying.key as () => string, keying.validated, options)
    return isPromised(handling) ? handling.then(({ answer }) => answer) : handling.answer
  }

  /** A GET, where the scheme has a handshake by GET, or a mistake. */
  async function greet(incoming: IncomingRequest, request: () => UnverifiedRequest, witness: Witness | undefined) {
    if (handshake?.method !== 'GET' || incoming.method !== 'GET') {
      const allow = handshake?.method === 'GET' ? 'GET, POST' : 'POST'
      throw new Rejection('method_not_allowed', `Webhooks are POSTed; this was ${incoming.method}.`, { allow })
    }
    const secretOf = async () => (await accountOf(request)).secret
    const answer = await answerHandshake(scheme, request(), undefined, verifyToken, secretOf)
    if (!answer) throw new Rejection('bad_handshake', 'A GET that is no handshake.')
    witness?.ended({ outcome: 'handshake' }, answer)
    return answer
  }

  async function receive(incoming: IncomingRequest): Promise<Answer> {
    const learned: Learned = { key: undefined, id: undefined, type: undefined, account: undefined, bodyBytes: undefined }
    const witness = witnessOf(learned)
    let seen: UnverifiedRequest | undefined
    const request = () => (seen ??= unverified(incoming))
    try {
      if (incoming.method !== 'POST') return await greet(incoming, request, witness)
      let reading = readBody(incoming, settings.maxBodyBytes, options.bodySeconds)
      if (typeof reading === 'function') {
        await undefined
        reading = reading()
      }
      const body = bodyOf(isPromised(reading) ? await reading : reading)
      learned.bodyBytes = body.length
      const claiming = accountOf(request)
      const { account, secret } = isPromised(claiming) ? await claiming : claiming
      learned.account = account
      const { method, headers } = incoming
      const { toleranceSeconds } = settings
      const url = scheme.content.includes('url') ? urlOf(incoming, request) : undefined
      const given = { secret, headers, body, url, method, toleranceSeconds, now: timeOf() }
      const verifying = check(scheme, given)
      const verified = isPromised(verifying) ? await verifying : verifying
      witness?.verified(verified.secretIndex)

      const draft = new EventDraft(scheme, { id: verified.id, account, timestamp: verified.timestamp, body, headers })
      if (handshake?.method === 'POST') {
        const matched = async () => secretsOf(secret)[verified.secretIndex] as Secret
        const answer = await answerHandshake(scheme, request(), draft.payload(), verifyToken, matched)
        if (answer) {
          witness?.ended({ outcome: 'handshake' }, answer)
          return answer
        }
      }
      const settling = settle(draft, undefined, learned, witness, { waitUntil: incoming.waitUntil })
      return isPromised(settling) ? await settling : settling
    } catch (error) {
      const { answer, ending } = conclude(error, scheme)
      witness?.ended(ending, answer)
      return answer
    }
  }

  async function work(message: InboxMessage, workOptions: WorkOptions = {}): Promise<void> {
    const body = unpackBody(message, scheme.name)
    const headers = toHeaders(message.headers)
    const { account } = message
    const learned: Learned = { account, key: message.key, bodyBytes: body.length }
    const witness = witnessOf(learned)
    try {
      const draft = new EventDraft(scheme, { id: undefined, account, timestamp: signedAt(scheme, headers, body), body, headers })
      await settle(draft, message.key, learned, witness, workOptions)
    } catch (error) {
      const { answer, ending } = conclude(error, scheme)
      witness?.ended(ending, answer)
      if (error instanceof HandlerFailed || error instanceof Unfinished) throw error.error
      if (error instanceof Declined) throw new Error(`The handler replied ${error.answer.status}.`)
      throw error
    }
  }

  return { receive, work }
}
