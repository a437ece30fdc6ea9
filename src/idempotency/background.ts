/** Has a platform wait for a promise that nobody else waits for; the promise never rejects. */
export type WaitUntil = (promise: Promise<unknown>) => unknown

const attempt = (act: () => unknown) => (async () => act())().catch(() => undefined)

/** Does what nobody waits for but a platform that would fall asleep. It may fail at once, later or never, and disturbs nothing. */
export function inBackground(act: () => unknown, waitUntil: WaitUntil | undefined): void {
  const ended = attempt(act)
  void attempt(() => waitUntil?.(ended))
}
