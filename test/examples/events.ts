/** An event as it came over the wire. */
export interface StreamedEvent {
  readonly id: string
  readonly data: unknown
}

/** Reads Server-Sent Events as the bytes come, with whatever headers a browser would send. */
export async function readEvents(url: URL, headers: Readonly<Record<string, string>>) {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  if (response.status !== 200 || !response.body) throw new Error(`The stream answered ${response.status}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''

  /** The next block; the first comes with the connection and tells only how soon to reconnect. */
  async function block(): Promise<string> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { value, done } = await reader.read()
      if (done) throw new Error('The stream ended')
      text += value
    }
  }
  const field = (lines: string, name: string) => lines.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1]

  async function nextOrHeartbeat(): Promise<StreamedEvent | 'heartbeat'> {
    for (;;) {
      const lines = await block()
      const data = field(lines, 'data')
      if (data !== undefined) return { id: field(lines, 'id') ?? '', data: JSON.parse(data) }
      if (lines.startsWith(':')) return 'heartbeat'
    }
  }

  return {
    nextOrHeartbeat,
    async next(): Promise<StreamedEvent> {
      for (;;) {
        const event = await nextOrHeartbeat()
        if (event !== 'heartbeat') return event
      }
    },
    async close(): Promise<void> {
      abort.abort()
      await reader.cancel().catch(() => undefined)
    },
  }
}
