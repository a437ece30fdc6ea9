import { DynamoDBDocument, type TranslateConfig } from '@aws-sdk/lib-dynamodb'
import { fc, test as property } from '@fast-check/vitest'
import { type ClaimOptions, IdempotencyError, type IdempotencyStore } from 'countersign/idempotency'
import { type DynamodbStoreOptions, dynamodbStore } from 'countersign/stores/dynamodb'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startDynamodb } from '../servers/dynamodb'

const server = await startDynamodb()
const bare = await startDynamodb({ tells: false })
afterAll(() => Promise.all([server.stop(), bare.stop()]))
const plain = server.connect()
const document = DynamoDBDocument.from(plain)
await dynamodbStore(document).migrate(plain)
await dynamodbStore(DynamoDBDocument.from(bare.connect())).migrate(bare.connect())

let time = 1_700_000_000_000
const now = () => new Date(time)
const open = (options: DynamodbStoreOptions = {}, client = document) => dynamodbStore(client, { now, ...options })

let made = 0
const mint = (what = 'token') => `${what}-${++made}`
const long = 3_600_000
const holding = (token: string, more: Partial<ClaimOptions> = {}) => ({ token, leaseMs: long, retentionMs: 24 * long, ...more })
const bytes = (...values: number[]) => Uint8Array.from(values)

/** What a call fails with, which must be the library's own error. */
async function refusalOf(call: Promise<unknown>): Promise<IdempotencyError> {
  const error = await call.catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(IdempotencyError)
  return error as IdempotencyError
}

/** Which requests an act makes. */
async function requestsOf(act: () => Promise<unknown>, at = server) {
  await at.arrivals()
  await act()
  return (await at.arrivals()).map(({ operation }) => operation)
}

const failure = (type: string, more: object = {}) => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'said so', ...more },
})

describe('round trips', () => {
  test('of an event are two: one to claim and one to complete', async () => {
    const [key, token] = [mint('key'), mint()]
    const store = open()
    expect(await requestsOf(() => store.claim(key, holding(token)))).toEqual(['PutItem'])
    expect(await requestsOf(() => store.complete(key, token, bytes(1), long))).toEqual(['UpdateItem'])
  })

  test('of a duplicate are one, in progress, completed and with another fingerprint', async () => {
    const [key, token] = [mint('key'), mint()]
    const store = open()
    await store.claim(key, holding(token, { fingerprint: 'a' }))
    expect(await requestsOf(() => store.claim(key, holding(mint())))).toEqual(['PutItem'])
    expect(await requestsOf(() => store.claim(key, holding(mint(), { fingerprint: 'b' })))).toEqual(['PutItem'])
    await store.complete(key, token, undefined, long)
    expect(await requestsOf(() => store.claim(key, holding(mint())))).toEqual(['PutItem'])
    expect(await requestsOf(() => store.complete(key, token, undefined, long))).toEqual(['UpdateItem'])
  })

  test('of a duplicate are two where a refusal does not say what it found, and the look is consistent', async () => {
    const [key, token] = [mint('key'), mint()]
    const store = open({}, DynamoDBDocument.from(bare.connect()))
    await store.claim(key, holding(token))
    await bare.arrivals()
    await store.claim(key, holding(mint()))
    const [, look, ...more] = await bare.arrivals()
    expect(look).toMatchObject({ operation: 'GetItem', body: { ConsistentRead: true } })
    expect(more).toEqual([])
  })

  test('of a takeover are two', async () => {
    const key = mint('key')
    const store = open()
    await store.claim(key, holding(mint(), { leaseMs: 10 }))
    time += 20
    expect(await requestsOf(() => store.claim(key, holding(mint())))).toEqual(['PutItem', 'PutItem'])
  })

  test('of release and of extend are one, of extend beyond the retention two', async () => {
    const [key, token] = [mint('key'), mint()]
    const store = open()
    await store.claim(key, holding(token))
    expect(await requestsOf(() => store.extend(key, token, long))).toEqual(['UpdateItem'])
    expect(await requestsOf(() => store.extend(key, token, 48 * long))).toEqual(['UpdateItem', 'UpdateItem'])
    expect(await requestsOf(() => store.release(key, token))).toEqual(['UpdateItem'])
  })
})

describe('a reply that is lost', () => {
  test.each([1, 2])('to a claim strands nothing, %i in a row', async (times) => {
    const key = mint('key')
    server.answer('PutItem', ...Array(times).fill('lose the reply'))
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'claimed', attempt: 1 })
  })

  test('to the last write of a takeover is no new attempt', async () => {
    const key = mint('key')
    await open().claim(key, holding(mint(), { leaseMs: 10 }))
    time += 20
    const refused = failure('ConditionalCheckFailedException')
    server.answer('PutItem', refused, 'lose the reply')
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'claimed', attempt: 2 })
  })

  test('to complete is true all the same, and the result is kept', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token))
    server.answer('UpdateItem', 'lose the reply')
    expect(await open().complete(key, token, bytes(7), long)).toBe(true)
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'completed', result: bytes(7) })
  })

  test('to extend is true all the same, also beyond the retention', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token))
    server.answer('UpdateItem', 'lose the reply')
    expect(await open().extend(key, token, long)).toBe(true)
    server.answer('UpdateItem', failure('ConditionalCheckFailedException'), 'lose the reply')
    expect(await open().extend(key, token, 48 * long)).toBe(true)
  })
})

describe('what happens between the look and the write of a claim', () => {
  /** Claims with that token after a look at the key as it was before `meanwhile`. */
  async function claimAfter(key: string, token: string, meanwhile: () => Promise<unknown>) {
    const { Item } = await plain.getItem({ TableName: 'countersign_keys', Key: { key: { S: key } } })
    await meanwhile()
    server.answer('PutItem', failure('ConditionalCheckFailedException', { Item }))
    return open().claim(key, holding(token))
  }

  test('a complete, which remembers the key as long as it was, stays', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token))
    const claim = claimAfter(key, token, () => open().complete(key, token, bytes(1), 24 * long))
    expect(await claim).toEqual({ status: 'completed', result: bytes(1) })
  })

  test('an extension keeps the key from a takeover', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token, { leaseMs: 10 }))
    time += 20
    const claim = claimAfter(key, mint(), () => open().extend(key, token, long))
    expect(await claim).toEqual({ status: 'in_progress', retryAfterMs: long })
  })

  test('another claim keeps the key from the one who gave it back', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token))
    const claim = claimAfter(key, token, async () => {
      await open().release(key, token)
      await open().claim(key, holding(mint()))
    })
    expect(await claim).toEqual({ status: 'in_progress', retryAfterMs: long })
  })

  test('another release counts as an attempt', async () => {
    const [key, token, other] = [mint('key'), mint(), mint()]
    await open().claim(key, holding(token))
    await open().release(key, token)
    const claim = claimAfter(key, mint(), async () => {
      await open().claim(key, holding(other))
      await open().release(key, other)
    })
    expect(await claim).toEqual({ status: 'claimed', attempt: 3 })
  })
})

test('a complete that was refused is not taken for done because its token holds the key by now', async () => {
  const [key, token] = [mint('key'), mint()]
  await open().claim(key, holding(token))
  server.answer('UpdateItem', failure('ConditionalCheckFailedException'))
  expect(await open().complete(key, token, bytes(1), long)).toBe(false)
  expect(await open().claim(key, holding(mint()))).toMatchObject({ status: 'in_progress' })
})

describe('a server that cannot', () => {
  const calls: Record<string, (store: IdempotencyStore, key: string, token: string) => Promise<unknown>> = {
    PutItem: (store, key, token) => store.claim(key, holding(token)),
    'UpdateItem of complete': (store, key, token) => store.complete(key, token, undefined, long),
    'UpdateItem of release': (store, key, token) => store.release(key, token),
    'UpdateItem of extend': (store, key, token) => store.extend(key, token, long),
  }
  const hasty = DynamoDBDocument.from(server.connect({ maxAttempts: 1 }))

  describe.each([
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'TransactionConflictException',
    'InternalServerError',
  ])('%s', (type) => {
    test.each(Object.entries(calls))('%s rejects with it, and nothing has changed', async (operation, call) => {
      const [key, token] = [mint('key'), mint()]
      if (operation !== 'PutItem') await open().claim(key, holding(token))
      server.answer(operation.split(' ')[0] as string, failure(type))
      await expect(call(open({}, hasty), key, token)).rejects.toMatchObject({ name: type })
      expect(await open().claim(key, holding(token))).toEqual({ status: 'claimed', attempt: 1 })
    })
  })

  test('for a moment is asked again by the client itself', async () => {
    const throttled = failure('ProvisionedThroughputExceededException')
    server.answer('PutItem', throttled)
    expect(await open().claim(mint('key'), holding(mint()))).toEqual({ status: 'claimed', attempt: 1 })
  })

  test('be asked what it found fails the claim', async () => {
    const key = mint('key')
    await open().claim(key, holding(mint()))
    server.answer('PutItem', failure('ConditionalCheckFailedException'))
    server.answer('GetItem', failure('ProvisionedThroughputExceededException'))
    await expect(open({}, hasty).claim(key, holding(mint()))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    })
  })

  test('make up its mind fails the claim after twenty tries', async () => {
    server.answer('PutItem', ...Array(20).fill(failure('ConditionalCheckFailedException')))
    const claim = open({}, hasty).claim(mint('key'), holding(mint()))
    await expect(claim).rejects.toThrow('20 tries')
  })

  test('find the table says what to do', async () => {
    const store = open({ table: 'nowhere' })
    for (const call of Object.values(calls)) {
      const error = await refusalOf(call(store, 'key', 'token'))
      expect(error).toMatchObject({ code: 'store_unavailable', cause: { name: 'ResourceNotFoundException' } })
      expect(error.hint).toMatch(/the table nowhere is missing.*migrate/)
    }
  })

  test.each([
    { name: 'S', type: 'S', key: 'id' },
    { name: 'N', type: 'N', key: 'key' },
  ] as const)('use a table with the key $key of type $type says so', async ({ type, key, name }) => {
    const table = `other-${name}`
    await plain.createTable({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: type }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    })
    await vi.waitFor(async () => {
      expect((await plain.describeTable({ TableName: table })).Table?.TableStatus).toBe('ACTIVE')
    })
    const store = open({ table })
    for (const call of Object.values(calls)) {
      const error = await refusalOf(call(store, 'key', 'token'))
      expect(error.hint).toMatch(/its only key must be the text `key`/)
    }
    expect(await store.check()).toMatchObject([{ code: 'other_key' }])
    expect(await store.check(plain)).toContainEqual(expect.objectContaining({ code: 'other_key' }))
  })
})

describe('results', () => {
  const most = 398 * 1024

  test('fit with the longest key and fingerprint', async () => {
    const [key, token] = ['\u{1F511}'.repeat(128), mint()]
    await open().claim(key, holding(token, { fingerprint: '\u{1F512}'.repeat(128) }))
    expect(await open().complete(key, token, new Uint8Array(most), long)).toBe(true)
  })

  test('that no item holds are refused before anything is sent, and the key stays as it is', async () => {
    const [key, token] = [mint('key'), mint()]
    await open().claim(key, holding(token))
    const complete = () => open().complete(key, token, new Uint8Array(most + 1), long)
    const requests = await requestsOf(async () => {
      const error = await refusalOf(complete())
      expect(error).toMatchObject({ code: 'store_unavailable' })
      expect(error.hint).toMatch(`${most + 1} bytes`)
    })
    expect(requests).toEqual([])
    expect(await open().complete(key, token, undefined, long)).toBe(true)
  })

  const translations: TranslateConfig[] = [
    { marshallOptions: { convertEmptyValues: true, removeUndefinedValues: true, convertClassInstanceToMap: true } },
    { unmarshallOptions: { wrapNumbers: true } },
    { unmarshallOptions: { wrapNumbers: (value) => BigInt(value) } },
  ]
  describe.each([server, bare])('however the client translates values', (at) => {
    const clients = translations.map((translation) => DynamoDBDocument.from(at.connect(), translation))

    property.prop([fc.constantFrom(...clients), fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined })], {
      numRuns: 15,
    })('they come back', async (client, result) => {
      const [key, token] = [mint('key'), mint()]
      const store = open({}, client)
      await store.claim(key, holding(mint(), { leaseMs: 10 }))
      time += 20
      expect(await store.claim(key, holding(token))).toEqual({ status: 'claimed', attempt: 2 })
      expect(await store.claim(key, holding(mint()))).toEqual({ status: 'in_progress', retryAfterMs: long })
      expect(await store.complete(key, token, result, long)).toBe(true)
      expect(await store.claim(key, holding(mint()))).toEqual({ status: 'completed', result })
    })
  })
})

describe('what DynamoDB removes by itself', () => {
  const removable = async (key: string) => {
    const { Item } = await document.get({ TableName: 'countersign_keys', Key: { key } })
    return Item?.['ttl']
  }

  test('is over by then, on any clock that is less than an hour behind', async () => {
    const [key, token] = [mint('key'), mint()]
    const inSeconds = (milliseconds: number) => Math.ceil((time + milliseconds) / 1000) + 3600
    await open().claim(key, holding(token))
    expect(await removable(key)).toBe(inSeconds(24 * long))
    await open().extend(key, token, 48 * long)
    expect(await removable(key)).toBe(inSeconds(48 * long))
    await open().complete(key, token, undefined, 100 * long)
    expect(await removable(key)).toBe(inSeconds(100 * long))
  })

  test('and has not yet is fresh all the same', async () => {
    const key = mint('key')
    await open().claim(key, holding(mint(), { leaseMs: 10, retentionMs: 10, fingerprint: 'a' }))
    time += 20
    expect(await open().claim(key, holding(mint(), { fingerprint: 'b' }))).toEqual({ status: 'claimed', attempt: 1 })
  })

  test('may be gone between a refusal and the look', async () => {
    server.answer('PutItem', failure('ConditionalCheckFailedException'))
    expect(await open().claim(mint('key'), holding(mint()))).toEqual({ status: 'claimed', attempt: 1 })
  })
})

test('a clock that is ahead takes over too early, and the holder is fenced', async () => {
  const [key, token, early] = [mint('key'), mint(), mint()]
  const ahead = open({ now: () => new Date(time + 2 * long) })
  await open().claim(key, holding(token))
  expect(await ahead.claim(key, holding(early))).toEqual({ status: 'claimed', attempt: 2 })
  expect(await open().extend(key, token, long)).toBe(false)
  expect(await open().complete(key, token, bytes(1), long)).toBe(false)
  expect(await ahead.complete(key, early, bytes(2), 24 * long)).toBe(true)
})

test('a key that was given back at once is free for a clock that is behind', async () => {
  const [key, token] = [mint('key'), mint()]
  const behind = open({ now: () => new Date(time - long / 2) })
  await open().claim(key, holding(token))
  expect(await open().release(key, token)).toBe(true)
  expect(await behind.claim(key, holding(token))).toEqual({ status: 'claimed', attempt: 2 })
  expect(await open().release(key, token, { retryAfterMs: 1000 })).toBe(true)
  expect(await behind.claim(key, holding(mint()))).toMatchObject({ status: 'in_progress' })
})

describe('options', () => {
  test.each([undefined, null, {}, 'dynamodb', plain])('a client that is none is refused: %#', (client) => {
    expect(() => dynamodbStore(client as never)).toThrow(
      /^Expected `client` to be a DynamoDBDocument of @aws-sdk\/lib-dynamodb, got/,
    )
  })
  test.each(['', 'ab', 'a b', 'x'.repeat(256), 7])('a table that is none is refused: %j', (table) => {
    expect(() => open({ table } as never)).toThrow(/^Expected `table` to be a table's name/)
  })
  test.each(['keys', 'my.keys-1_x', 'x'.repeat(255), 'arn:aws:dynamodb:eu-central-1:123456789012:table/keys'])(
    '%s is a table',
    (table) => {
      expect(() => open({ table })).not.toThrow()
    },
  )
  test('a clock that is none is refused', () => {
    expect(() => open({ now: 7 } as never)).toThrow('Expected `now` to be a function, got 7')
  })
  test('the clock is the system’s where none is given', async () => {
    const key = mint('key')
    await dynamodbStore(document).claim(key, holding(mint(), { retentionMs: long }))
    const { Item } = await document.get({ TableName: 'countersign_keys', Key: { key } })
    expect(Math.abs(Item?.['expiresAt'] - Date.now() - long)).toBeLessThan(60_000)
  })
  test('the plain client is asked for where it is needed', async () => {
    await expect(open().migrate(document as never)).rejects.toThrow(/^Expected `client` to be the plain client/)
    await expect(open().check(document as never)).rejects.toThrow(/^Expected `client` to be the plain client/)
  })
})
