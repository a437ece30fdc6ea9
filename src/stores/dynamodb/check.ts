import type { Finding } from '../../idempotency/store'
import type { DocumentClient, TableClient, TableDescription, TimeToLive } from './client'
import { isNamed } from './errors'
import { expiryAttribute } from './item'

interface Settings {
  readonly table: TableDescription
  readonly timeToLive: TimeToLive
  /** Undefined where it cannot be told, as on emulators. */
  readonly recovery: string | undefined
}

const missing: Finding = { code: 'missing_table', message: 'The table is not there: run migrate().' }
const otherKey: Finding = {
  code: 'other_key',
  message: 'The only key of the table must be the text `key`: delete the table and run migrate(), or name another.',
}

const isEnabled = ({ TimeToLiveStatus }: TimeToLive) => TimeToLiveStatus?.startsWith('ENABL') === true

const dangers: readonly (Finding & { holds(found: Settings): boolean })[] = [
  {
    ...otherKey,
    holds: ({ table: { KeySchema = [], AttributeDefinitions = [] } }) =>
      KeySchema.length !== 1 ||
      KeySchema[0]?.AttributeName !== 'key' ||
      AttributeDefinitions.find(({ AttributeName }) => AttributeName === 'key')?.AttributeType !== 'S',
  },
  {
    code: 'replicas',
    message:
      'The table is replicated to other regions, each of which grants claims of its own: the same key may run in two. Send all of its traffic to one region, or use MultiRegionConsistency STRONG.',
    holds: ({ table: { Replicas = [], MultiRegionConsistency } }) => Replicas.length > 0 && MultiRegionConsistency !== 'STRONG',
  },
  {
    code: 'time_to_live_off',
    message: 'Nothing removes keys whose retention is over, and the table grows for ever: run migrate().',
    holds: ({ timeToLive }) => !isEnabled(timeToLive),
  },
  {
    code: 'time_to_live_attribute',
    message: `Items are removed by another attribute than \`${expiryAttribute}\`: keys may be forgotten too soon or never. Let the table expire by \`${expiryAttribute}\`.`,
    holds: ({ timeToLive }) => isEnabled(timeToLive) && timeToLive.AttributeName !== expiryAttribute,
  },
  {
    code: 'point_in_time_recovery_off',
    message: 'Point-in-time recovery is off: what is deleted by mistake is gone, and may run again. Switch it on.',
    holds: ({ recovery }) => recovery === 'DISABLED',
  },
]

/** The settings of a table that void what the store promises. */
export async function findDangers(client: TableClient, table: string): Promise<Finding[]> {
  const found = await settingsOf(client, table)
  if (!found) return [missing]
  return dangers.filter(({ holds }) => holds(found)).map(({ code, message }) => ({ code, message }))
}

async function settingsOf(client: TableClient, table: string): Promise<Settings | undefined> {
  const named = { TableName: table }
  try {
    const { Table = {} } = await client.describeTable(named)
    const { TimeToLiveDescription = {} } = await client.describeTimeToLive(named)
    return { table: Table, timeToLive: TimeToLiveDescription, recovery: await recoveryOf(client, table) }
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

async function recoveryOf(client: TableClient, table: string): Promise<string | undefined> {
  try {
    const { ContinuousBackupsDescription: backups } = await client.describeContinuousBackups({ TableName: table })
    return backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus
  } catch (error) {
    if (isNamed(error, 'UnknownOperationException')) return undefined
    throw error
  }
}

/** What a look through the document client alone tells: whether the table is there, and has the right key. */
export async function lookAt(client: DocumentClient, table: string): Promise<Finding[]> {
  try {
    await client.get({ TableName: table, Key: { key: 'countersign/check' }, ConsistentRead: true })
    return []
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return [missing]
    if (isNamed(error, 'ValidationException')) return [otherKey]
    throw error
  }
}
