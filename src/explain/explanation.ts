import { type Cause, mends } from './causes'

/** One thing that is wrong. Holds no secret, no signature and no body. */
export interface Finding {
  readonly cause: Cause
  /** What is wrong, in a sentence. */
  readonly explanation: string
  /** What to do about it, with the line of code where there is one. */
  readonly mend: string
  /** Whether the signature was seen to hold once everything found is mended; false where the request only shows it. */
  readonly proven: boolean
}

/** What `explain` found out. It is for the developer alone, and never a reason to accept a request. */
export type Explanation =
  /** The cause is known; `also` tells what else is wrong. */
  | (Finding & { readonly outcome: 'explained'; readonly also: readonly Finding[] })
  | {
      readonly outcome: 'unexplained'
      readonly explanation: string
      readonly mend: string
      /** What was tried in vain. */
      readonly ruledOut: readonly string[]
      /** What there was no time to try to the end, since the body or the headers are long. */
      readonly notTried: readonly string[]
      /** What looks odd and may be the cause, but cannot be proven. */
      readonly suspicions: readonly string[]
    }
  /** `verify` accepts the request as it was given: nothing is wrong with it. */
  | { readonly outcome: 'verifies'; readonly explanation: string; readonly mend: string }

/** What is found once it is mended and the signature holds. */
export type Suspect = Omit<Finding, 'proven'>

/** A cause with its explanation, and with its usual mend where there is none more exact. */
export const suspect = (cause: Cause, explanation: string, mend: string = mends[cause]): Suspect => ({ cause, explanation, mend })
