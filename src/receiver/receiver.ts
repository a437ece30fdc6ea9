import { quiet } from '../core/quiet'
import type { Secret } from '../crypto/secret'
import { secretsOf } from '../signing/keys'
import { verify } from '../signing/verify'
import { createAccounts } from './accounts'
import { type Answer, answers } from './answers'
import { conclude, type Facts } from './conclude'
import { enqueue } from './enqueue'
import { draftEvent, type EventDraft, signedAt } from './event'
import { createExplaining, type Explain } from './explaining'
import { createHandling, Declined, type Handler, HandlerFailed, type WorkOptions } from './handle'
import { answerHandshake } from './handshake'
import { type InboxMessage, unpackBody } from './inbox'
import { volatileHint } from './observe'
import { checkOptions, type WebhookOptions } from './options'
import { type IncomingRequest, Rejection, readBody, toHeaders, type UnverifiedRequest, unverified } from './request'

/** What an adapter stands on: requests in, answers out, and never an exception. */
export interface Receiving {
  receive(incoming: IncomingRequest): Promise<Answer>
  work(message: InboxMessage, options?: WorkOptions): Promise<void>
}

/** What is learned of a delivery on its way. */
type Learned = { -readonly [Name in 'key' | 'id' | 'type' | 'account']?: string | undefined }

/** Makes a receiver: verify, claim, handle, complete or release. Throws a `ConfigurationError` for a mistake in the options. */
export function createReceiving<T>(options: WebhookOptions<T>, handler: Handler<T, never>, explain: Explain): Receiving {
  const settings = checkOptions(options, handler)
  const { scheme, inbox, store, types, publicUrl, verifyToken, now = () => new Date() } = options
  const { handshake } = scheme
  const observe = quiet(options.observe)
  const accountOf = createAccounts(scheme, options.secret, observe)
  const explainTo = options.explain ? createExplaining(explain, observe) : undefined
  const { keyOf, handle } = createHandling(options, handler, settings)
  const hint = volatileHint(store)
  if (hint) observe({ outcome: 'warning', scheme: scheme.name, code: 'volatile_store', hint })

  const factsSince = (started: number, learned: Learned): Facts => ({
    scheme: scheme.name,
    durationMs: performance.now() - started,
    ...learned,
  })

  /** The URL as the sender called it: what a proxy hides is told by `publicUrl`. */
  function urlOf(request: UnverifiedRequest): string {
    if (typeof publicUrl === 'function') return publicUrl(request)
    if (publicUrl === undefined) return request.url.href
    const url = new URL(publicUrl)
    if (url.pathname === '/') url.pathname = request.url.pathname
    if (url.search === '') url.search = request.url.search
    return url.href
  }

  /** A verified event on its way through types, claim and handler. */
  async function settle(
    draft: EventDraft,
    known: string | undefined,
    started: number,
    learned: Learned,
    options?: WorkOptions,
  ): Promise<Answer> {
    Object.assign(learned, { id: draft.id, type: draft.type, key: known })
    // What is put in an inbox is looked at when it is worked on.
    const isInboxed = inbox !== undefined && known === undefined
    if (types && !isInboxed) {
      if (scheme.type && 'body' in scheme.type) draft.payload()
      if (!types.includes(draft.type ?? '')) {
        observe({ outcome: 'ignored', ...factsSince(started, learned) })
        return answers.acknowledged
      }
    }
    const { key, validated } = known === undefined ? await keyOf(draft, !isInboxed) : { key: known, validated: undefined }
    learned.key = key
    const facts = () => ({ ...factsSince(started, learned), key })
    if (isInboxed) {
      const put = await enqueue(inbox, draft, key, now())
      observe({ outcome: 'enqueued', ...facts(), put })
      return answers.acknowledged
    }
    const { answer, replayed, attempt } = await handle(draft, key, validated, options)
    if (replayed) {
      observe({ outcome: 'duplicate', ...facts() })
      return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } }
    }
    observe({ outcome: 'executed', ...facts(), attempt })
    return answer
  }

  async function deliver(incoming: IncomingRequest, started: number, learned: Learned): Promise<Answer> {
    const request = unverified(incoming)
    const isHandshake = handshake?.method === 'GET' && incoming.method === 'GET'
    if (incoming.method !== 'POST' && !isHandshake) {
      const allow = handshake?.method === 'GET' ? 'GET, POST' : 'POST'
      throw new Rejection('method_not_allowed', `Webhooks are POSTed; this was ${incoming.method}.`, { allow })
    }
    if (isHandshake) {
      const answer = await answerHandshake(scheme, request, undefined, verifyToken, async () => (await accountOf(request)).secret)
      if (!answer) throw new Rejection('bad_handshake', 'A GET that is no handshake.')
      observe({ outcome: 'handshake', ...factsSince(started, {}) })
      return answer
    }
    const body = await readBody(incoming, settings.maxBodyBytes, options.bodySeconds)
    const { account, secret } = await accountOf(request)
    learned.account = account
    const { method, headers } = incoming
    const { toleranceSeconds } = settings
    const url = scheme.content.includes('url') ? urlOf(request) : undefined
    const given = { secret, headers, body, url, method, toleranceSeconds, now: now() }
    const verified = await verify(scheme, given).catch((error: unknown) => {
      explainTo?.(error, scheme, given)
      throw error
    })
    observe({ outcome: 'verified', ...factsSince(started, {}), account, secretIndex: verified.secretIndex })

    const draft = draftEvent(scheme, { id: verified.id, account, timestamp: verified.timestamp, body, headers: request.headers })
    if (handshake?.method === 'POST') {
      const matched = async () => secretsOf(secret)[verified.secretIndex] as Secret
      const answer = await answerHandshake(scheme, request, draft.payload(), verifyToken, matched)
      if (answer) {
        observe({ outcome: 'handshake', ...factsSince(started, { account }) })
        return answer
      }
    }
    return settle(draft, undefined, started, learned)
  }

  async function receive(incoming: IncomingRequest): Promise<Answer> {
    const started = performance.now()
    const learned: Learned = {}
    try {
      return await deliver(incoming, started, learned)
    } catch (error) {
      const { answer, observation } = conclude(error, factsSince(started, learned))
      observe(observation)
      return answer
    }
  }

  async function work(message: InboxMessage, workOptions?: WorkOptions): Promise<void> {
    const started = performance.now()
    const body = unpackBody(message, scheme.name)
    const headers = toHeaders(message.headers)
    const { account } = message
    const learned: Learned = { account, key: message.key }
    try {
      const draft = draftEvent(scheme, { id: undefined, account, timestamp: signedAt(scheme, headers, body), body, headers })
      await settle(draft, message.key, started, learned, workOptions)
    } catch (error) {
      observe(conclude(error, factsSince(started, learned)).observation)
      if (error instanceof HandlerFailed) throw error.error
      if (error instanceof Declined) throw new Error(`The handler replied ${error.answer.status}.`)
      throw error
    }
  }

  return { receive, work }
}
