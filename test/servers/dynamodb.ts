import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDB, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'

const require = createRequire(import.meta.url)

type Check = (request: { readonly ReturnValuesOnConditionCheckFailure?: string }, item: object | undefined) => Failure | undefined
interface Failure extends Error {
  readonly body: { Item?: object }
}

/** The emulator, which has no types; loaded anew, since `tellWhatItFound` changes it. */
function loadEmulator(tells: boolean): (options: { readonly createTableMs: number }) => Server {
  for (const path of Object.keys(require.cache)) if (/[\\/]dynalite[\\/]/.test(path)) delete require.cache[path]
  const dynalite = require('dynalite')
  if (tells) tellWhatItFound()
  return dynalite
}

/** What DynamoDB has and the emulator lacks: a refused condition says which item it found, from under the same lock. */
function tellWhatItFound() {
  for (const operation of ['putItem', 'updateItem']) {
    const { types } = require(`dynalite/validations/${operation}`) as { readonly types: Record<string, object> }
    types['ReturnValuesOnConditionCheckFailure'] = { type: 'String', enum: ['ALL_OLD', 'NONE'] }
  }
  const database = require('dynalite/db') as { checkConditional: Check }
  const { checkConditional } = database
  database.checkConditional = (request, item) => {
    const failure = checkConditional(request, item)
    if (failure && item && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') failure.body.Item = item
    return failure
  }
}

/** How the server answers a request instead of leaving it to the emulator. */
export type Answer =
  /** What DynamoDB itself would say. */
  | { readonly status: number; readonly body: object }
  /** The emulator does what it is asked, and the connection breaks before anyone hears of it. */
  | 'lose the reply'

/** A request as it arrived. */
export interface Arrived {
  /** Such as `PutItem`. */
  readonly operation: string
  readonly body: Record<string, unknown>
}

/** DynamoDB's emulator in memory, on a port of its own. */
export interface DynamodbServer {
  /** A plain client of it. */
  connect(config?: DynamoDBClientConfig): DynamoDB
  /** Every request since this was last called. */
  arrivals(): Promise<Arrived[]>
  /** Answers the next requests for an operation, one after the other. */
  answer(operation: string, ...answers: Answer[]): void
  stop(): Promise<void>
}

/** Starts the emulator behind something that counts what arrives and can break what leaves. */
export async function startDynamodb({ tells = true } = {}): Promise<DynamodbServer> {
  const server = loadEmulator(tells)({ createTableMs: 0 })
  const [emulate] = server.listeners('request') as [RequestListener]
  let arrived: Promise<Arrived>[] = []
  const answers = new Map<string, Answer[]>()
  const clients: DynamoDB[] = []

  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    arrived.push(bodyOf(request).then((body) => ({ operation, body })))
    const answer = answers.get(operation)?.shift()
    if (answer === 'lose the reply') response.end = () => response.destroy()
    if (typeof answer !== 'object') return emulate(request, response)
    request.on('end', () => {
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer.body))
    })
  })
  // A busy client may send on a connection that the server is just closing for want of use.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    connect(config) {
      const client = new DynamoDB({
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'local',
        credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
        // Waiting for a connection is no reason to warn.
        requestHandler: { socketAcquisitionWarningTimeout: 600_000 },
        ...config,
      })
      clients.push(client)
      return client
    },
    async arrivals() {
      const all = await Promise.all(arrived)
      arrived = []
      return all
    },
    answer(operation, ...given) {
      answers.set(operation, [...(answers.get(operation) ?? []), ...given])
    },
    async stop() {
      for (const client of clients) client.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => void chunks.push(chunk))
  return new Promise((resolve) => request.on('end', () => resolve(JSON.parse(String(Buffer.concat(chunks))))))
}
