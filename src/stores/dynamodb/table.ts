import { expectOption } from '../../core/options'
import type { TableClient, TimeToLive } from './client'
import { isNamed } from './errors'
import { expiryAttribute } from './item'

const form = /^([\w.-]{3,255}|arn:[\w:/.-]{1,1020})$/

/** Checks a table's name. */
export function expectTable(table: unknown): asserts table is string {
  const expectation = "a table's name of 3 to 255 letters, digits, _, - and ., or its ARN"
  expectOption(typeof table === 'string' && form.test(table), 'table', expectation, table)
}

/** Checks a client that can make tables. */
export function expectTableClient(client: unknown): asserts client is TableClient {
  const isUsable = typeof (client as Partial<TableClient> | undefined)?.describeTable === 'function'
  expectOption(isUsable, 'client', 'the plain client of @aws-sdk/client-dynamodb, new DynamoDB()', client)
}

const pollMs = 500
/** A table is there within half a minute. */
const mostPolls = 240

/** Makes the table where it is missing, and lets DynamoDB remove what is over. */
export async function makeTable(client: TableClient, table: string): Promise<void> {
  try {
    await client.createTable({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    })
  } catch (error) {
    // There already, or being made by another process.
    if (!isNamed(error, 'ResourceInUseException')) throw error
  }
  await untilActive(client, table)
  if (!isRemoving(await timeToLiveOf(client, table))) await letRemove(client, table)
}

async function untilActive(client: TableClient, table: string): Promise<void> {
  for (let polls = 0; polls < mostPolls; polls++) {
    const { Table } = await client.describeTable({ TableName: table })
    if (Table?.TableStatus === 'ACTIVE') return
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw new Error(`The table ${table} is not active after ${(mostPolls * pollMs) / 1000} seconds.`)
}

async function letRemove(client: TableClient, table: string): Promise<void> {
  try {
    const TimeToLiveSpecification = { AttributeName: expiryAttribute, Enabled: true }
    await client.updateTimeToLive({ TableName: table, TimeToLiveSpecification })
  } catch (error) {
    // Some emulators know nothing of it; otherwise another process may have been quicker.
    if (isNamed(error, 'UnknownOperationException') || isRemoving(await timeToLiveOf(client, table))) return
    throw error
  }
}

const isRemoving = ({ TimeToLiveStatus, AttributeName }: TimeToLive) =>
  TimeToLiveStatus?.startsWith('ENABL') === true && AttributeName === expiryAttribute

async function timeToLiveOf(client: TableClient, table: string): Promise<TimeToLive> {
  return (await client.describeTimeToLive({ TableName: table })).TimeToLiveDescription ?? {}
}
