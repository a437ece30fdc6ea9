import { ConfigurationError } from 'countersign'
import { idempotent } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { afterEach, describe, expect, it, vi } from 'vitest'

const store = memoryStore()
const scope = () => 'alice'
const make = (options: object | undefined, handler: unknown = () => new Response()) =>
  idempotent(options as never, handler as never)

afterEach(() => vi.unstubAllEnvs())

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['no scope', { scope: undefined }, /Expected `scope` to be a function that tells whose key it is, got undefined/],
    ['a scope that is text', { scope: 'alice' }, /Expected `scope` .*got "alice"/],
    [
      'no store',
      { store: undefined },
      /Expected `store` to be an idempotency store with claim, complete, release, extend, got undefined/,
    ],
    ['a misspelt option', { require: false }, /Expected the option `required`, got `require`/],
    ['a store that is none', { store: {} }, /Expected `store`/],
    ['transaction: false', { transaction: false }, /Expected `transaction` to be true or left out, got false/],
    [
      'transaction on another store',
      { transaction: true },
      /Expected `store` to be a store with transactions, since `transaction` is true/,
    ],
    ['required that is text', { required: 'yes' }, /Expected `required` to be true or false, got "yes"/],
    ['methods that are text', { methods: 'POST' }, /Expected `methods` to be an array of methods in capitals, got "POST"/],
    ['a method in small letters', { methods: ['post'] }, /Expected `methods`/],
    ['a lease of 0', { leaseSeconds: 0 }, /Expected `leaseSeconds` to be a number from 0.01/],
    ['a handler without time', { handlerSeconds: Number.NaN }, /Expected `handlerSeconds`.*got NaN/],
    [
      'a retention below the lease',
      { leaseSeconds: 60, retentionSeconds: 59 },
      /Expected `retentionSeconds` to be a number from 60/,
    ],
    ['a body of nothing', { maxBodyBytes: 0 }, /Expected `maxBodyBytes` to be a number of 1 or more, got 0/],
    [
      'an answer of less than nothing',
      { maxResponseBytes: -1 },
      /Expected `maxResponseBytes` to be a number of 0 or more, got -1/,
    ],
    ['documentation that is no URL', { documentation: '/docs' }, /Expected `documentation` to be a URL, got "\/docs"/],
    ['an observer that is none', { observe: {} }, /Expected `observe` to be a function/],
  ])('refuse %s', (_, options, message) => {
    const refused = () => make({ store, scope, ...options })
    expect(refused).toThrow(message)
    expect(refused).toThrow(ConfigurationError)
  })

  it('refuse none, and a handler that is none', () => {
    expect(() => make(undefined)).toThrow(/Expected `options` to be an object, got undefined/)
    expect(() => make({ store, scope }, null)).toThrow(/Expected `handler` to be a function, got null/)
  })

  it('remember for a day where nothing else is said', async () => {
    const retentions: number[] = []
    const watched = {
      ...store,
      claim(...given: Parameters<typeof store.claim>) {
        retentions.push(given[1].retentionMs)
        return store.claim(...given)
      },
    }
    const request = () => new Request('https://shop.example/', { method: 'POST', headers: { 'idempotency-key': 'k' } })
    await make({ store: watched, scope })(request())
    await make({ store: watched, scope, retentionSeconds: 60 })(request())
    expect(retentions).toEqual([86_400_000, 60_000])
  })

  it('name the documentation of the API in a problem', async () => {
    const answer = await make({ store, scope, documentation: 'https://developer.example/keys' })(
      new Request('https://shop.example/', { method: 'POST' }),
    )
    expect(await answer.json()).toEqual({
      type: 'https://developer.example/keys#missing_key',
      title: 'Idempotency-Key is missing',
      status: 400,
      detail: expect.any(String),
    })
  })

  it('warn of a store that forgets, in production alone', () => {
    const seen: unknown[] = []
    const observe = (observation: unknown) => void seen.push(observation)
    make({ store, scope, observe })
    expect(seen).toEqual([])
    vi.stubEnv('NODE_ENV', 'production')
    make({ store, scope, observe })
    make({ store: { ...store, traits: { ...store.traits, durable: true } }, scope, observe })
    expect(seen).toEqual([{ outcome: 'warning', code: 'volatile_store', hint: expect.any(String) }])
  })

  it('take an observer that throws for one that does not', async () => {
    const observe = () => {
      throw new Error('no')
    }
    const request = new Request('https://shop.example/', { method: 'POST', headers: { 'idempotency-key': 'o' } })
    expect((await make({ store, scope, observe })(request)).status).toBe(200)
  })
})
