/** A listener that can never disturb what it hears of: what it throws, or rejects with, changes nothing. */
export function quiet<Heard extends readonly unknown[]>(
  listen: ((...heard: Heard) => unknown) | undefined,
): (...heard: Heard) => void {
  return (...heard) => {
    try {
      // An async listener is a mistake in types and a common one: its rejection must not end the process.
      Promise.resolve(listen?.(...heard)).catch(() => undefined)
    } catch {}
  }
}
