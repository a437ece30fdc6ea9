import { ConfigurationError } from '../core/errors'
import { expectFunction, expectNames, expectNumber, expectOption, expectTolerance } from '../core/options'
import { longestTimerSeconds } from '../idempotency/options'
import { expectScheme } from '../signing/content'
import { signsAnId } from './key'
import type { ReceiverOptions } from './options'
import type { StandardSchemaV1 } from './payload'

const day = 86_400

/** The options with their defaults, checked. */
export interface ReceiverSettings {
  readonly toleranceSeconds: number | false
  readonly leaseSeconds: number
  readonly handlerSeconds: number
  readonly retentionSeconds: number
  readonly maxBodyBytes: number
  /** The types to handle; undefined for all. */
  readonly types: readonly string[] | undefined
}

const hasMethods = (value: unknown, names: readonly string[]) =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** The types to handle: those that are listed, or that have a schema. */
function checkTypes<T, Tx>({ scheme, types, schema, schemas }: ReceiverOptions<T, Tx>): readonly string[] | undefined {
  const isSchema = (value: StandardSchemaV1 | undefined) => typeof value?.['~standard']?.validate === 'function'
  const aSchema = 'a Standard Schema, such as one of zod, valibot or arktype'
  if (types !== undefined)
    expectOption(Array.isArray(types) && types.length > 0 && types.every(isText), 'types', 'an array of event types', types)
  if (schema !== undefined) expectOption(isSchema(schema), 'schema', aSchema, schema)
  if (schemas !== undefined) {
    const isRecord = typeof schemas === 'object' && schemas !== null && !isSchema(schemas as never)
    expectOption(isRecord && Object.keys(schemas).length > 0, 'schemas', 'an object with a schema for each event type', schemas)
    for (const [type, one] of Object.entries(schemas)) expectOption(isSchema(one), `schemas['${type}']`, aSchema, one)
    for (const [name, other] of Object.entries({ types, schema }))
      expectOption(other === undefined, name, 'left out, since `schemas` says it', other)
  }
  for (const [name, typed] of Object.entries({ types, schemas }))
    expectOption(
      typed === undefined || scheme.type !== undefined,
      name,
      `left out, since the scheme ${scheme.name} names no type`,
      typed,
    )
  return schemas ? Object.keys(schemas) : types
}

const names =
  'scheme secret store transaction inbox types schema schemas key endpoint publicUrl verifyToken ' +
  'toleranceSeconds leaseSeconds handlerSeconds retentionSeconds resultSeconds backOffSeconds maxBodyBytes bodySeconds now explain observe'

/** Checks everything once, where it is given. */
export function checkOptions<T, Tx>(options: ReceiverOptions<T, Tx>, handler: unknown): ReceiverSettings {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  expectNames(options, names.split(' '))
  const { scheme, store, inbox, key, endpoint, publicUrl, verifyToken } = options
  expectScheme(scheme)
  expectOption(typeof handler === 'function', 'handler', 'a function', handler)
  if (store !== undefined) {
    expectOption(hasMethods(store, ['claim', 'complete', 'release', 'extend']), 'store', 'an idempotency store', store)
  }
  if (options.transaction !== undefined) {
    expectOption(options.transaction === true, 'transaction', 'true or left out', options.transaction)
    expectOption(hasMethods(store, ['transaction']), 'store', 'a store with transactions, since `transaction` is true', store)
  }
  if (inbox !== undefined) expectOption(hasMethods(inbox, ['put']), 'inbox', 'an inbox with `put`', inbox)
  const types = checkTypes(options)
  for (const name of ['key', 'now', 'observe'] as const) expectFunction(name, options[name])
  const { explain } = options
  expectOption(explain === undefined || typeof explain === 'boolean', 'explain', 'true or false', explain)
  for (const name of ['endpoint', 'verifyToken'] as const) {
    const text = options[name]
    if (text !== undefined)
      expectOption(
        isText(text) && text.length <= 100,
        name,
        'text of 1 to 100 characters',
        name === 'endpoint' ? endpoint : verifyToken?.length,
      )
  }
  if (publicUrl !== undefined && typeof publicUrl !== 'function') {
    expectOption(typeof publicUrl === 'string' && URL.canParse(publicUrl), 'publicUrl', 'a URL or a function', publicUrl)
  }
  if ((store || inbox) && !key && !signsAnId(scheme) && !scheme.bodyIsKey) {
    throw new ConfigurationError(
      'invalid_option',
      `Expected \`key\` to be a function, got undefined: the scheme ${scheme.name} signs no id, and two equal bodies may be two events`,
    )
  }
  return { ...numbers(options), types }
}

function numbers<T, Tx>({ scheme, store, inbox, ...options }: ReceiverOptions<T, Tx>): Omit<ReceiverSettings, 'types'> {
  const { leaseSeconds = 30, handlerSeconds = 300, maxBodyBytes = scheme.maxBodyBytes ?? 1024 * 1024 } = options
  expectNumber('leaseSeconds', leaseSeconds, 0.01)
  // A timer holds no more, and strikes at once.
  expectNumber('handlerSeconds', handlerSeconds, 0.01, longestTimerSeconds)
  expectNumber('maxBodyBytes', maxBodyBytes, 1)
  if (options.bodySeconds !== undefined) expectNumber('bodySeconds', options.bodySeconds, 0.01, 3600)
  const { retry = 'none' } = scheme
  const retryWindow = retry === 'none' ? 0 : retry.windowSeconds
  let { toleranceSeconds } = options
  if (toleranceSeconds === undefined) {
    // Where the very bytes come again they grow old, and being handled once takes the place of being fresh.
    const growsOld = retry !== 'none' && !retry.resigned && (store || inbox)
    toleranceSeconds =
      growsOld && scheme.toleranceSeconds !== false ? Math.max(scheme.toleranceSeconds, retryWindow) : scheme.toleranceSeconds
  }
  expectTolerance(toleranceSeconds)
  const least = Math.max(7 * day, 2 * retryWindow, 2 * (toleranceSeconds || 0))
  const { retentionSeconds = least } = options
  // Forgotten sooner, an event that the sender repeats would run again.
  expectNumber('retentionSeconds', retentionSeconds, least)
  return { toleranceSeconds, leaseSeconds, handlerSeconds, retentionSeconds, maxBodyBytes }
}
