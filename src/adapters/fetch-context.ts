import { isPromised } from '../core/promised'
import { isStream, type NodeRequest } from './incoming'

/** The parameters of a route. */
export type Params = Readonly<Record<string, string>>

const partOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

/** Hono's request, in its context. */
interface HonoRequest {
  param(): unknown
}

const recordOf = (params: unknown): Params => (typeof params === 'object' && params !== null ? (params as Params) : {})

/** The route's parameters, where the platform gives them beside the request: at once, to come as in Next.js, or asked for as in Hono. */
export function paramsOf(context: unknown): Params | Promise<Params> {
  try {
    const request = partOf(context, 'req')
    const isAsked = typeof partOf(request, 'param') === 'function'
    const params = isAsked ? (request as HonoRequest).param() : partOf(context, 'params')
    return isPromised(params) ? Promise.resolve(params).then(recordOf, () => ({})) : recordOf(params)
  } catch {
    // Whatever was wrong, the caller is told no more than a signature would tell.
    return {}
  }
}

/** The Node request behind a fetch request. */
export interface Behind {
  readonly incoming: NodeRequest
  /** Whether headers have been made of its own, which somebody may have changed. */
  readonly hasHeaders: boolean
}

/**
 * The Node request behind a fetch request, as Hono's server on Node hands it over, where nobody has touched it.
 *
 * To read the other one there takes a whole `Request`, which costs several times what all the rest does.
 */
export function behindOf(request: Request, context: unknown): Behind | undefined {
  const incoming = partOf(partOf(context, 'env'), 'incoming')
  if (!isStream(incoming) || partOf(incoming, 'readableFlowing') !== null) return undefined
  const held = Object.getOwnPropertySymbols(request).map((name): unknown => Reflect.get(request, name))
  // A request that a middleware has put in its place has nothing of it.
  return held.includes(incoming) ? { incoming, hasHeaders: held.some((value) => value instanceof Headers) } : undefined
}

/** A platform that stays awake for a promise; asked as a method, since Workers' own refuses any other call. */
interface Awake {
  waitUntil(promise: Promise<unknown>): unknown
}

const isAwake = (value: unknown): value is Awake => typeof partOf(value, 'waitUntil') === 'function'

/** Has the platform wait: what Workers hand over third, what others hand over second, or what Hono keeps in its context. */
export const waitUntilOf =
  (context: unknown, execution: unknown) =>
  (promise: Promise<unknown>): unknown => {
    const platform = [execution, context].find(isAwake) ?? partOf(context, 'executionCtx')
    return isAwake(platform) ? platform.waitUntil(promise) : undefined
  }
