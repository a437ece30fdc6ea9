import type { LoggedAttempt, LoggedEvent } from './provider'
import type { Terminal } from './terminal'
import type { Timeline, Tone } from './timeline'

/** Tells the story, in the terminal and on the page, and keeps what did not hold. */
export interface Narrator {
  step(title: string, text: string): void
  ending(title: string, text: string): void
  say(text: string): void
  /** What the shop answered: to one request, which the page shows too, or to as many as the text counts. */
  answer(text: string, status: number, kind?: 'one' | 'count'): void
  attempt(attempt: LoggedAttempt, event: LoggedEvent, step?: string): void
  check(holds: boolean, text: string): void
  readonly failures: readonly string[]
}

export function narrator({ paint, print }: Terminal, timeline: Timeline): Narrator {
  const failures: string[] = []
  let number = 0
  let step = ''
  let isOver = false

  const begin = (title: string, text: string, sign: string) => {
    step = `${sign} ${title}`
    print()
    print(paint('bold', title), { indent: 5, lead: `${paint('cyan', sign)}  ` })
    print(text, { indent: 5 })
    timeline.add({ kind: 'step', step, title, text })
  }
  const chip = (text: string, status: number | undefined, inStep = step) => {
    timeline.add({ kind: 'attempt', step: inStep, label: status === undefined ? '×' : String(status), tone: tone(status), text })
  }
  const arrow = (status: number | undefined) => paint(colours[tone(status)], `${status ?? ' × '} `)

  return {
    failures,
    step(title, text) {
      number++
      begin(title, text, String(number))
    },
    ending(title, text) {
      isOver = true
      begin(title, text, '∎')
    },
    say(text) {
      print(paint('dim', text), { indent: 5 })
      timeline.add({ kind: 'note', step, text })
    },
    answer(text, status, kind = 'one') {
      print(text, { indent: 9, lead: arrow(status) })
      if (kind === 'one') chip(`${text}: ${status}`, status)
    },
    attempt(attempt, { copies }, inStep = step) {
      const { status } = attempt
      const text = describeAttempt(attempt)
      chip(`${text}: ${status ?? 'no answer'}`, status, inStep)
      // Many at once are shown on the page one by one, and counted in the terminal.
      if (inStep === step && copies === 1) print(text, { indent: 9, lead: arrow(status) })
      if (inStep !== step && isOver) print(`a visitor’s payment, ${text}`, { indent: 9, lead: arrow(status) })
    },
    check(holds, text) {
      if (!holds) failures.push(`${step}: ${text}`)
      print(text, { indent: 9, lead: holds ? paint('green', ' ✓  ') : paint('red', ' ✗  ') })
      timeline.add({ kind: 'check', step, holds, text })
    },
  }
}

const colours = { delivered: 'green', retry: 'yellow', refused: 'red', lost: 'yellow' } as const

function tone(status: number | undefined): Tone {
  if (status === undefined) return 'lost'
  if (status < 300) return 'delivered'
  return status < 500 ? 'refused' : 'retry'
}

function describeAttempt({ attempt, durationMs, verdict, status, code }: LoggedAttempt): string {
  const ended = status === undefined ? (code ?? 'no answer') : `answered in ${Math.round(durationMs)} ms`
  return `try ${attempt}, ${ended}, ${verdict === 'retry' ? 'will try again' : verdict}`
}
