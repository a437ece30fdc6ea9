import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import type { Socket } from 'node:net'
// Not the global ones: the network keeps its own time, also where a test turns the clock.
import { setTimeout as startTimer, clearTimeout as stopTimer } from 'node:timers'
import type { SecureContextOptions } from 'node:tls'

/** What proves the two sides of a TLS connection to each other, beyond the usual authorities. */
export type TlsOptions = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>

/** Marks that there was no connection in time. */
export class ConnectTimeoutError extends Error {}

/** Makes the agents of a transport, for http and for https, which keep connections alive. */
export function createAgents(connectSeconds: number, idleSeconds: number, tls: TlsOptions | undefined): [Agent, SecureAgent] {
  const plain = new Agent({ keepAlive: true })
  const secure = new SecureAgent({ keepAlive: true, ...tls })
  for (const agent of [plain, secure]) {
    endSlow(agent, connectSeconds, agent === plain ? 'connect' : 'secureConnect')
    endIdle(agent, idleSeconds)
    // All that an agent dials differs by no more than these; Node's own names list every option of TLS, three times a request.
    agent.getName = ({ host, port } = {}) => `${host}:${port}`
  }
  return [plain, secure]
}

/** Ends connections that are not there in time. */
function endSlow(agent: Agent, seconds: number, event: string): void {
  const create = agent.createConnection
  agent.createConnection = (options, callback) => {
    const socket = create.call(agent, options, callback) as Socket
    const timer = startTimer(() => socket.destroy(new ConnectTimeoutError()), seconds * 1000)
    const stop = () => stopTimer(timer)
    socket.once(event, stop).once('close', stop)
    return socket
  }
}

/** Ends connections that nobody has used for a while, and those that the endpoint said it would end sooner. */
function endIdle(agent: Agent, seconds: number): void {
  // Not as the agent’s own option: with that, Node takes the timer off the connection and puts it back for every request.
  const keeping = Object.create(agent, { options: { value: { timeout: seconds * 1000 } } }) as Agent
  const keep = agent.keepSocketAlive
  agent.keepSocketAlive = (socket) => keep.call(keeping, socket)
}
