import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and does to what they say what networks do. */
export interface Proxy {
  readonly port: number
  /** Lets the next answer get lost: what is asked arrives, the connection breaks before the answer does. */
  loseNextAnswer(): void
  /** From now on nothing that the client says arrives, and no connection breaks. */
  stall(): void
  stop(): Promise<void>
}

/** A proxy before the server on that port. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let isLosing = false
  let isStalled = false
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => isStalled || upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (isStalled) return
      if (!isLosing) return void client.write(bytes)
      isLosing = false
      client.destroy()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    loseNextAnswer: () => {
      isLosing = true
    },
    stall: () => {
      isStalled = true
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
