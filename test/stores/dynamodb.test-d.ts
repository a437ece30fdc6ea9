import { DynamoDB, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocument, DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { createIdempotency, type IdempotencyStore, type TransactionalStore } from 'countersign/idempotency'
import { dynamodbStore } from 'countersign/stores/dynamodb'
import { expectTypeOf } from 'vitest'

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

const document = DynamoDBDocument.from(new DynamoDB())
const store = dynamodbStore(document, { table: 'keys' })

// Assignable without a cast, both as what it is and as any store.
const transactional: TransactionalStore<Write[]> = store
const stores: IdempotencyStore[] = [store, transactional]

declare function transactionOf<Tx>(store: TransactionalStore<Tx>): Tx
expectTypeOf(transactionOf(store)).toEqualTypeOf<Write[]>()
expectTypeOf<Parameters<typeof store.complete>[4]>().toEqualTypeOf<Write[] | undefined>()
expectTypeOf(store.transaction(async () => 'a')).resolves.toEqualTypeOf<string>()

void createIdempotency({ store }).run(
  'a',
  ({ transaction }) => transaction.push({ Put: { TableName: 'orders', Item: { id: 1 } } }),
  {
    transaction: true,
  },
)
void createIdempotency({ store }).run(
  'a',
  // @ts-expect-error: no write of DynamoDB
  ({ transaction }) => transaction.push({ Insert: { TableName: 'orders' } }),
  { transaction: true },
)

// The list of `context.complete` is what `transactWrite` takes.
void createIdempotency({ store }).run('a', async ({ complete }) => {
  const TransactItems: Write[] = []
  await complete(TransactItems)
  await document.transactWrite({ TransactItems })
})

// The bare document client has only commands, which come from the SDK.
// @ts-expect-error
dynamodbStore(DynamoDBDocumentClient.from(new DynamoDBClient()))
// @ts-expect-error: its items are typed values
dynamodbStore(new DynamoDB())

// The plain client makes the table; the document client cannot.
void store.migrate(new DynamoDB())
void store.check(new DynamoDB())
// @ts-expect-error
void store.migrate(document)
// @ts-expect-error: it has only commands
void store.migrate(new DynamoDBClient())

void stores
