import type { Hypothesis } from '../evidence'
import { charset } from './charset'
import { compressed } from './compressed'
import { edges } from './edges'
import { forms } from './form'
import { reserialized } from './reserialized'
import { wrapped } from './wrapped'

/** What may have happened to the body, the likeliest first. */
export const bodyHypotheses: readonly Hypothesis[] = [reserialized, ...edges, ...wrapped, compressed, charset, ...forms]
