import { createHook } from 'node:async_hooks'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { memoryStore } from 'countersign/idempotency'
import { webhook as node } from 'countersign/node'
import { standardWebhooks } from 'countersign/schemes'
import createExpress from 'express'
import createFastify from 'fastify'

// A process of its own, bundled first: it receives until it is told to close, and must then end by itself.

const [adapter, secret = ''] = process.argv.slice(2)
const timers = new Set<number>()
createHook({
  init: (id, type) => void (type === 'Timeout' && timers.add(id)),
  destroy: (id) => void timers.delete(id),
}).enable()

const rejections: string[] = []
process.on('unhandledRejection', (reason) => rejections.push(String(reason)))
process.on('uncaughtException', (error) => rejections.push(String(error)))

let runs = 0
const options = { scheme: standardWebhooks, secret, store: memoryStore(), maxBodyBytes: 1000, bodySeconds: 0.2 }
const handler = () => void runs++

async function start(): Promise<Server> {
  if (adapter === 'fastify') {
    const app = createFastify()
    await app.register(fastify({ url: '/hooks', ...options }, handler))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  }
  const listener = adapter === 'express' ? createExpress().all('/hooks', express(options, handler)) : node(options, handler)
  const server = createServer(listener as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const server = await start()
process.on('message', (message) => {
  if (message === 'close') {
    server.close()
    process.disconnect()
    return
  }
  globalThis.gc?.()
  server.getConnections((_, connections) => {
    const { heapUsed } = process.memoryUsage()
    process.send?.({ runs, rejections, connections, timers: timers.size, heapBytes: heapUsed })
  })
})
process.send?.({ port: (server.address() as AddressInfo).port })
