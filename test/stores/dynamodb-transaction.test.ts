import { DynamoDBDocument, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { dynamodbStore } from 'countersign/stores/dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type DynamodbServer, startDynamodb } from '../servers/dynamodb'

// The emulator has no TransactWriteItems: what is sent is looked at as it arrives, DynamoDB's answers are given as it documents
// them, and the conditions are shown by sending the completion as a write of its own.

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

let server: DynamodbServer
beforeAll(async () => {
  server = await startDynamodb()
  await open().migrate(server.connect())
})
afterAll(() => server.stop())

let time = 1_700_000_000_000
let document: DynamoDBDocument
const open = (maxAttempts = 1) => {
  document = DynamoDBDocument.from(server.connect({ maxAttempts }))
  return dynamodbStore(document, { now: () => new Date(time) })
}

let made = 0
const mint = (what = 'token') => `${what}-${++made}`
const long = 3_600_000
const holding = (token: string, leaseMs = long) => ({ token, leaseMs, retentionMs: 24 * long })
const bytes = (...values: number[]) => Uint8Array.from(values)

const done: Answer = { status: 200, body: {} }
const cancelled = (...codes: string[]): Answer => ({
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: 'Transaction cancelled, please refer cancellation reasons for specific reasons',
    CancellationReasons: codes.map((Code) => ({ Code })),
  },
})
const failure = (type: string): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'said so' },
})

const order: Write = { Put: { TableName: 'orders', Item: { id: 7 }, ConditionExpression: 'attribute_not_exists(id)' } }

async function transactions() {
  return (await server.arrivals()).filter(({ operation }) => operation === 'TransactWriteItems').map(({ body }) => body)
}

/** Runs a handler's write and the completion in one transaction. */
async function handle(key: string, token: string, writes: readonly Write[] = [order], store = open()) {
  return store.transaction(async (tx) => {
    tx.push(...writes)
    return store.complete(key, token, bytes(1), long, tx)
  })
}

async function claimed() {
  const [key, token] = [mint('key'), mint()]
  await open().claim(key, holding(token))
  await server.arrivals()
  return { key, token }
}

describe('a transaction', () => {
  test('sends the writes and the completion as one request, after one consistent look', async () => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', done)
    expect(await handle(key, token)).toBe(true)
    const arrivals = await server.arrivals()
    expect(arrivals.map(({ operation }) => operation)).toEqual(['GetItem', 'TransactWriteItems'])
    expect(arrivals[0]?.body).toMatchObject({ ConsistentRead: true })
    expect(arrivals[1]?.body).toMatchObject({
      ClientRequestToken: expect.stringMatching(/^[\w-]{24}$/),
      TransactItems: [
        { Put: { TableName: 'orders', Item: { id: { N: '7' } } } },
        {
          Update: {
            TableName: 'countersign_keys',
            Key: { key: { S: key } },
            ExpressionAttributeValues: { ':token': { S: token } },
          },
        },
      ],
    })
  })

  test('without a write sends nothing', async () => {
    expect(await open().transaction(async () => 42)).toBe(42)
    expect(await transactions()).toEqual([])
  })

  test('whose work throws sends nothing, and throws the very error', async () => {
    const { key, token } = await claimed()
    const mine = new Error('mine')
    const store = open()
    const work = store.transaction(async (tx) => {
      tx.push(order)
      await store.complete(key, token, undefined, long, tx)
      throw mine
    })
    await expect(work).rejects.toBe(mine)
    expect(await transactions()).toEqual([])
    expect(await store.complete(key, token, undefined, long)).toBe(true)
  })

  test('of a holder that is stale already ends with false, and sends no completion', async () => {
    const { key, token } = await claimed()
    time += 2 * long
    await open().claim(key, holding(mint()))
    const writes: Write[] = []
    expect(await open().complete(key, token, undefined, long, writes)).toBe(false)
    expect(writes).toEqual([])
  })

  test('holds a hundred writes, the completion among them, and says so before it sends more', async () => {
    const { key, token } = await claimed()
    const writes = (count: number) =>
      Array.from({ length: count }, (_, id): Write => ({ Put: { TableName: 'orders', Item: { id } } }))
    server.answer('TransactWriteItems', done)
    expect(await handle(key, token, writes(99))).toBe(true)
    await server.arrivals()
    await expect(handle(key, token, writes(100))).rejects.toThrow(
      'Expected `transaction` to be at most 100 writes, the completion among them, got 101',
    )
    expect(await transactions()).toEqual([])
  })

  test('whose reply is lost is sent again with the same request token, and another one with another', async () => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', 'lose the reply', done, done)
    expect(await handle(key, token, [order], open(3))).toBe(true)
    expect(await handle(key, token, [order], open(3))).toBe(true)
    const [first, again, other] = (await transactions()).map(({ ClientRequestToken }) => ClientRequestToken)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('a transaction that is cancelled', () => {
  test.each([
    ['the completion', ['None', 'ConditionalCheckFailed']],
    ['the completion and a write of the handler', ['ConditionalCheckFailed', 'ConditionalCheckFailed']],
  ])('for %s is fenced', async (_, codes) => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', cancelled(...codes))
    const error = await handle(key, token).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(IdempotencyError)
    expect(error).toMatchObject({ code: 'fenced', cause: { name: 'TransactionCanceledException' } })
  })

  test.each([
    ['a write of the handler', ['ConditionalCheckFailed', 'None']],
    ['a conflict at the completion', ['None', 'TransactionConflict']],
    ['throttling', ['ThrottlingError', 'ThrottlingError']],
  ])('for %s throws what DynamoDB said', async (_, codes) => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', cancelled(...codes))
    const CancellationReasons = codes.map((Code) => ({ Code }))
    await expect(handle(key, token)).rejects.toMatchObject({ name: 'TransactionCanceledException', CancellationReasons })
  })

  test.each(['ProvisionedThroughputExceededException', 'TransactionInProgressException'])('by %s throws it', async (type) => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', failure(type))
    await expect(handle(key, token)).rejects.toMatchObject({ name: type })
  })

  test('without reasons throws what DynamoDB said', async () => {
    const { key, token } = await claimed()
    server.answer('TransactWriteItems', failure('TransactionCanceledException'))
    await expect(handle(key, token)).rejects.toMatchObject({ name: 'TransactionCanceledException' })
  })
})

describe('the completion in a list', () => {
  /** As it would take effect in the list: the same write with the same condition. */
  const send = ({ Update }: Write) => document.update(Update as Parameters<typeof document.update>[0])

  test('completes the key of its holder, once', async () => {
    const { key, token } = await claimed()
    const writes: Write[] = []
    expect(await open().complete(key, token, bytes(5), long, writes)).toBe(true)
    await send(writes[0] as Write)
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'completed', result: bytes(5) })
    await expect(send(writes[0] as Write)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
  })

  test('of a holder that goes stale before it is sent is refused', async () => {
    const { key, token } = await claimed()
    const writes: Write[] = []
    expect(await open().complete(key, token, undefined, long, writes)).toBe(true)
    time += 2 * long
    await open().claim(key, holding(mint()))
    await expect(send(writes[0] as Write)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
  })

  test('of a key that is completed already is true, and refused when it is sent: nothing happens twice', async () => {
    const { key, token } = await claimed()
    await open().complete(key, token, bytes(5), long)
    const writes: Write[] = []
    expect(await open().complete(key, token, bytes(6), long, writes)).toBe(true)
    await expect(send(writes[0] as Write)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
  })

  test('holds the result as it was', async () => {
    const { key, token } = await claimed()
    const [writes, result]: [Write[], Uint8Array] = [[], bytes(1, 2, 3)]
    await open().complete(key, token, result.subarray(1), long, writes)
    result.fill(9)
    await send(writes[0] as Write)
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'completed', result: bytes(2, 3) })
  })

  test('goes into a list only', async () => {
    const { key, token } = await claimed()
    await expect(open().complete(key, token, undefined, long, document as never)).rejects.toThrow(
      'Expected `tx` to be a list of writes',
    )
  })
})

describe('the engine', () => {
  const run = (work: (transaction: Write[]) => unknown, key = mint('key')) =>
    createIdempotency({ store: open() }).run(key, ({ transaction }) => work(transaction), { transaction: true })

  test('gives work the list, and sends it with the completion', async () => {
    await server.arrivals()
    server.answer('TransactWriteItems', done)
    expect(await run((transaction) => transaction.push(order))).toEqual({ status: 'executed', result: 1 })
    expect((await server.arrivals()).map(({ operation }) => operation)).toEqual(['PutItem', 'GetItem', 'TransactWriteItems'])
  })

  test('never says executed where the transaction was cancelled, and gives the key back', async () => {
    const key = mint('key')
    server.answer('TransactWriteItems', cancelled('ConditionalCheckFailed', 'None'))
    await expect(run((transaction) => transaction.push(order), key)).rejects.toBeInstanceOf(IdempotencyError)
    expect(await open().claim(key, holding(mint()))).toEqual({ status: 'claimed', attempt: 2 })
  })

  test('takes a list of the user’s own', async () => {
    const key = mint('key')
    const outcome = await createIdempotency({ store: open() }).run(key, async ({ complete }) => {
      const TransactItems: Write[] = [order]
      await complete(TransactItems)
      server.answer('TransactWriteItems', done)
      await document.transactWrite({ TransactItems })
      return TransactItems.length
    })
    expect(outcome).toEqual({ status: 'executed', result: 2 })
  })
})
