import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** How a crew and its servers are killed. */
interface Killing {
  readonly kills: number
  readonly everyMs: number
  /** How often a server is killed, spread over the kills of processes. */
  readonly crashes: number
  /** Kills it and starts it again; is told how often it was before. */
  restart(crashed: number): Promise<unknown>
}

/** Keeps processes of a program going until the test is over: whenever one dies, another one takes its place. */
export function hire(program: string, roles: readonly (readonly string[])[]) {
  const children: ChildProcess[] = []
  let isOver = false

  function keep(place: number, role: readonly string[]) {
    if (isOver) return
    const child = spawn(process.execPath, ['--no-warnings', program, ...role], { stdio: 'ignore' })
    children[place] = child
    child.once('exit', () => keep(place, role))
  }
  onTestFinished(() => {
    isOver = true
    for (const child of children) child.kill('SIGKILL')
  })
  for (const [place, role] of roles.entries()) keep(place, role)

  return {
    /** `kill -9` of one after the other, and of the server now and then; resolves to how many there were. */
    async kill({ kills, everyMs, crashes, restart }: Killing): Promise<readonly [kills: number, crashes: number]> {
      let [killed, crashed] = [0, 0]
      while (killed < kills) {
        await setTimeout(everyMs)
        const child = children[killed % roles.length]
        if (child?.exitCode !== null || child.killed) continue
        child.kill('SIGKILL')
        await once(child, 'exit')
        killed++
        if (crashed < crashes && killed >= ((crashed + 1) * kills) / (crashes + 1)) await restart(crashed++)
      }
      return [killed, crashed]
    },
  }
}
