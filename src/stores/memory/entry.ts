/** What is kept of a key. */
export type Entry = Open | Done

interface Kept {
  readonly fingerprint: string | undefined
  /** From this moment the key is forgotten. */
  readonly overAt: number
}

/** A key that was claimed and is not completed. */
export interface Open extends Kept {
  readonly isDone: false
  readonly attempt: number
  /** Who holds the key; undefined once it was given back. */
  readonly token: string | undefined
  /** From this moment anyone may claim it. */
  readonly freeAt: number
}

/** A completed key. */
export interface Done extends Kept {
  readonly isDone: true
  /** Who completed it. */
  readonly token: string
  readonly result: Uint8Array | undefined
}
