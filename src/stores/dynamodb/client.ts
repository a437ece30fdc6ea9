/** A conditional write of one item, as `update` and a transaction's `Update` take it. */
export interface ConditionalUpdate {
  readonly TableName: string
  readonly Key: Record<string, unknown>
  readonly UpdateExpression: string
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues: Record<string, unknown>
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD'
}

/** A conditional write of a whole item, as `put` takes it. */
export interface ConditionalPut {
  readonly TableName: string
  readonly Item: Record<string, unknown>
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues: Record<string, unknown>
  readonly ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
}

/** What is called of the document client of the AWS SDK v3: `DynamoDBDocument.from(new DynamoDB())`. */
export interface DocumentClient {
  get(input: { readonly TableName: string; readonly Key: Record<string, unknown>; readonly ConsistentRead: true }): Promise<{
    readonly Item?: Record<string, unknown> | undefined
  }>
  put(input: ConditionalPut): Promise<unknown>
  update(input: ConditionalUpdate): Promise<unknown>
  transactWrite(input: { TransactItems: { readonly Update: ConditionalUpdate }[]; ClientRequestToken: string }): Promise<unknown>
}

/** A write as that client's own `transactWrite` takes it: `{ Put }`, `{ Update }`, `{ Delete }` or `{ ConditionCheck }`. */
export type WriteOf<Client> = Client extends { transactWrite(input: infer Input, ...rest: never): unknown }
  ? Input extends { TransactItems: readonly (infer Write)[] | undefined }
    ? Write
    : never
  : never

/** What is called of the plain client, `new DynamoDB()`, to make a table and to look at its settings. */
export interface TableClient {
  createTable(input: {
    TableName: string
    BillingMode: 'PAY_PER_REQUEST'
    AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
    KeySchema: { AttributeName: string; KeyType: 'HASH' }[]
  }): Promise<unknown>
  describeTable(input: { TableName: string }): Promise<{ readonly Table?: TableDescription | undefined }>
  describeTimeToLive(input: { TableName: string }): Promise<{ readonly TimeToLiveDescription?: TimeToLive | undefined }>
  updateTimeToLive(input: {
    TableName: string
    TimeToLiveSpecification: { AttributeName: string; Enabled: boolean }
  }): Promise<unknown>
  describeContinuousBackups(input: { TableName: string }): Promise<{
    readonly ContinuousBackupsDescription?:
      | {
          readonly PointInTimeRecoveryDescription?: { readonly PointInTimeRecoveryStatus?: string | undefined } | undefined
        }
      | undefined
  }>
}

/** What is looked at of a table. */
export interface TableDescription {
  readonly TableStatus?: string | undefined
  readonly KeySchema?: readonly { readonly AttributeName?: string | undefined }[] | undefined
  readonly AttributeDefinitions?:
    | readonly { readonly AttributeName?: string | undefined; readonly AttributeType?: string | undefined }[]
    | undefined
  readonly Replicas?: readonly unknown[] | undefined
  readonly MultiRegionConsistency?: string | undefined
}

/** What is looked at of a table's expiry. */
export interface TimeToLive {
  readonly TimeToLiveStatus?: string | undefined
  readonly AttributeName?: string | undefined
}
