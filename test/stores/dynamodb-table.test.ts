import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'
import { dynamodbStore } from 'countersign/stores/dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type DynamodbServer, startDynamodb } from '../servers/dynamodb'

let server: DynamodbServer
beforeAll(async () => {
  server = await startDynamodb()
})
afterAll(() => server.stop())

const connect = () => server.connect({ maxAttempts: 1 })
const open = (table: string) => dynamodbStore(DynamoDBDocument.from(connect()), { table })
const answer = (body: object): Answer => ({ status: 200, body })
const failure = (type: string): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'said so' },
})
const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code)

const expiry = (TimeToLiveStatus: string, AttributeName = 'ttl') =>
  answer({ TimeToLiveDescription: { TimeToLiveStatus, AttributeName } })
const recovery = (PointInTimeRecoveryStatus: string) =>
  answer({ ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus } } })

describe('migrate', () => {
  test('makes the table, also by several at once and again, and keeps what is in it', async () => {
    const store = open('made')
    await Promise.all([store.migrate(connect()), open('made').migrate(connect()), open('made').migrate(connect())])
    await store.claim('key', { token: 'a', leaseMs: 60_000, retentionMs: 60_000 })
    await store.migrate(connect())
    expect((await store.claim('key', { token: 'b', leaseMs: 60_000, retentionMs: 60_000 })).status).toBe('in_progress')
    expect((await connect().describeTable({ TableName: 'made' })).Table).toMatchObject({
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    })
  })

  test('lets DynamoDB remove by `ttl`, in seconds, once', async () => {
    await server.arrivals()
    server.answer('UpdateTimeToLive', answer({}))
    await open('removing').migrate(connect())
    const removal = (await server.arrivals()).filter(({ operation }) => operation === 'UpdateTimeToLive')
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true }
    expect(removal).toMatchObject([{ body: { TableName: 'removing', TimeToLiveSpecification } }])
    server.answer('DescribeTimeToLive', expiry('ENABLING'))
    await open('removing').migrate(connect())
    expect((await server.arrivals()).map(({ operation }) => operation)).not.toContain('UpdateTimeToLive')
  })

  test('is content where another process was quicker', async () => {
    server.answer('DescribeTimeToLive', expiry('DISABLED'), expiry('ENABLED'))
    server.answer('UpdateTimeToLive', failure('ValidationException'))
    await open('quicker').migrate(connect())
  })

  test('fails where the table removes by another attribute', async () => {
    server.answer('DescribeTimeToLive', expiry('ENABLED', 'until'), expiry('ENABLED', 'until'))
    server.answer('UpdateTimeToLive', failure('ValidationException'))
    await expect(open('elsewhere').migrate(connect())).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('fails where it may not', async () => {
    server.answer('CreateTable', failure('AccessDeniedException'))
    await expect(open('forbidden').migrate(connect())).rejects.toMatchObject({ name: 'AccessDeniedException' })
    server.answer('UpdateTimeToLive', failure('AccessDeniedException'))
    await expect(open('forbidden').migrate(connect())).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  test('waits until the table is there', async () => {
    server.answer('DescribeTable', answer({ Table: { TableStatus: 'CREATING' } }))
    await server.arrivals()
    await open('slow').migrate(connect())
    const looks = (await server.arrivals()).filter(({ operation }) => operation === 'DescribeTable')
    expect(looks).toHaveLength(2)
  })
})

describe('check', () => {
  test('names a missing table, with the plain client and without', async () => {
    expect(codes(await open('absent').check())).toEqual(['missing_table'])
    expect(codes(await open('absent').check(connect()))).toEqual(['missing_table'])
  })

  test('finds nothing where all is well', async () => {
    await open('well').migrate(connect())
    expect(await open('well').check()).toEqual([])
    server.answer('DescribeTimeToLive', expiry('ENABLED'))
    server.answer('DescribeContinuousBackups', recovery('ENABLED'))
    expect(await open('well').check(connect())).toEqual([])
  })

  const table = (more: object) =>
    answer({
      Table: {
        KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        ...more,
      },
    })
  const Replicas = [{ RegionName: 'eu-west-1' }]

  test.each([
    ['time_to_live_off', 'DescribeTimeToLive', expiry('DISABLED')],
    ['time_to_live_attribute', 'DescribeTimeToLive', expiry('ENABLED', 'until')],
    ['point_in_time_recovery_off', 'DescribeContinuousBackups', recovery('DISABLED')],
    ['replicas', 'DescribeTable', table({ Replicas })],
    ['other_key', 'DescribeTable', table({ KeySchema: [{ AttributeName: 'key' }, { AttributeName: 'sort' }] })],
    ['other_key', 'DescribeTable', table({ AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'B' }] })],
  ])('names %s', async (code, operation, given) => {
    await open('well').migrate(connect())
    server.answer(operation, given)
    if (operation !== 'DescribeTimeToLive') server.answer('DescribeTimeToLive', expiry('ENABLED'))
    if (operation !== 'DescribeContinuousBackups') server.answer('DescribeContinuousBackups', recovery('ENABLED'))
    expect(codes(await open('well').check(connect()))).toEqual([code])
  })

  test('has nothing against replicas that agree before they answer', async () => {
    server.answer('DescribeTable', table({ Replicas, MultiRegionConsistency: 'STRONG' }))
    server.answer('DescribeTimeToLive', expiry('ENABLED'))
    expect(await open('well').check(connect())).toEqual([])
  })

  test('fails where it may not look', async () => {
    const denied = failure('AccessDeniedException')
    server.answer('GetItem', denied)
    await expect(open('well').check()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    for (const operation of ['DescribeTable', 'DescribeContinuousBackups']) {
      server.answer(operation, denied)
      await expect(open('well').check(connect())).rejects.toMatchObject({ name: 'AccessDeniedException' })
    }
  })
})
