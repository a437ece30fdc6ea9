import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'
import { createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { dynamodbStore } from 'countersign/stores/dynamodb'
import { storeContract } from 'countersign/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { startDynamodbLocal } from '../servers/dynamodb-local'

// Amazon's own emulator, which has the transactions that the other one lacks.
const server = await startDynamodbLocal()
afterAll(() => server?.stop())

describe.skipIf(!server)('dynamodbStore on DynamoDB Local', async () => {
  const client = server?.connect()
  if (!client) return
  const document = DynamoDBDocument.from(client)
  await dynamodbStore(document).migrate(client)
  const open = ({ now }: { now(): number }) => dynamodbStore(document, { now: () => new Date(now()) })
  for (const { name, run } of storeContract(open, { maxResultBytes: 398 * 1024, dropsResults: true })) test(name, run, 60_000)

  test('check finds nothing', async () => {
    expect((await dynamodbStore(document).check(client)).map(({ code }) => code)).toEqual([])
  })
})

describe.skipIf(!server)('transactions on DynamoDB Local', async () => {
  const client = server?.connect()
  if (!client) return
  const document = DynamoDBDocument.from(client)
  let time = Date.now()
  const store = dynamodbStore(document, { table: 'transactions', now: () => new Date(time) })
  await store.migrate(client)
  await client.createTable({
    TableName: 'balances',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  /** Counts in the transaction, so that a second time would show. */
  const add = (id: string) => ({
    Update: {
      TableName: 'balances',
      Key: { id },
      UpdateExpression: 'ADD amount :one',
      ExpressionAttributeValues: { ':one': 1 },
    },
  })
  const amountOf = async (id: string) =>
    (await document.get({ TableName: 'balances', Key: { id }, ConsistentRead: true })).Item?.['amount']

  test('the handler’s write and the completion are there together, once, however often it is run at one time', async () => {
    const { run } = createIdempotency({ store })
    const events = Array.from({ length: 10 }, (_, index) => `event/${index}`)
    const pay = (event: string) =>
      run(event, ({ transaction }) => void transaction.push(add(event)), { transaction: true }).catch((error) => {
        if (!(error instanceof IdempotencyError)) throw error
      })
    for (let round = 0; round < 3; round++) await Promise.all(events.flatMap((event) => [pay(event), pay(event), pay(event)]))
    expect(await Promise.all(events.map(amountOf))).toEqual(events.map(() => 1))
    for (const event of events) expect((await run(event, () => expect.fail('again'))).status).toBe('replayed')
  })

  test('a handler that outlives its lease changes nothing: another has taken over', async () => {
    const { run } = createIdempotency({ store, leaseSeconds: 10 })
    const late = run(
      'late',
      async ({ transaction, attempt }) => {
        transaction.push(add('late'))
        if (attempt > 1) return
        // Its lease ends, and another delivery does it meanwhile.
        time += 11_000
        await run('late', ({ transaction: other }) => void other.push(add('late')), { transaction: true })
      },
      { transaction: true },
    )
    await expect(late).rejects.toMatchObject({ code: 'fenced' })
    expect(await amountOf('late')).toBe(1)
  })

  test('a write whose condition does not hold takes the completion with it', async () => {
    const { run } = createIdempotency({ store })
    const impossible = { Put: { TableName: 'balances', Item: { id: 'no' }, ConditionExpression: 'attribute_exists(id)' } }
    const failed = run('no', ({ transaction }) => void transaction.push(add('other'), impossible), { transaction: true })
    await expect(failed).rejects.toBeInstanceOf(Error)
    expect(await amountOf('other')).toBeUndefined()
    expect(await run('no', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })
})
