import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'
import { dynamodbStore } from 'countersign/stores/dynamodb'
import { storeContract } from 'countersign/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { startDynamodb } from '../servers/dynamodb'

/** The emulator has no transactions for these. See dynamodb-transaction.test.ts. */
const elsewhere = ['complete in a transaction takes effect when it commits', 'a hundred transactions at once all end']

describe.each([
  { tells: true, name: 'that says what a refused condition found' },
  { tells: false, name: 'that does not' },
])('dynamodbStore on an emulator $name', async ({ tells }) => {
  const server = await startDynamodb({ tells })
  afterAll(() => server.stop())
  const client = server.connect()
  const document = DynamoDBDocument.from(client)
  await dynamodbStore(document).migrate(client)
  const open = ({ now }: { now(): number }) => dynamodbStore(document, { now: () => new Date(now()) })
  const contract = storeContract(open, { maxResultBytes: 398 * 1024, dropsResults: true })

  for (const { name, run } of contract) if (!elsewhere.includes(name)) test(name, run, 120_000)

  test('what is left out is a law', () => {
    expect(contract.map(({ name }) => name)).toEqual(expect.arrayContaining(elsewhere))
  })
})
