/** Where the runtime lets a process end before a timer does. */
interface Unreferenced {
  unref?(): void
}

/** Acts once after that time and keeps no process alive for it; gives the way to call it off. */
export function after(milliseconds: number, act: () => void): () => void {
  const timer = setTimeout(act, milliseconds)
  ;(timer as Unreferenced).unref?.()
  return () => clearTimeout(timer)
}

/** Acts again and again at that distance and keeps no process alive for it; gives the way to call it off. */
export function every(milliseconds: number, act: () => void): () => void {
  const timer = setInterval(act, milliseconds)
  ;(timer as Unreferenced).unref?.()
  return () => clearInterval(timer)
}
