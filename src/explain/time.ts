import { VerificationError } from '../core/errors'
import type { Verified } from '../signing/verify'
import type { Case, Guess } from './evidence'
import { type Suspect, suspect } from './explanation'
import { refusalOf } from './probe'

const units = { s: 'seconds', ms: 'milliseconds', iso: 'RFC 3339 text' } as const

/** The request with its times in each other unit. */
export const inOtherUnits = ({ scheme }: Case): Guess[] =>
  (['s', 'ms', 'iso'] as const)
    .filter((unit) => scheme.timestamp && unit !== scheme.unit)
    .map((unit) => ({
      ...suspect(
        'timestamp_unit',
        `The timestamp is in ${units[unit]}, where ${scheme.name} has ${units[scheme.unit]}.`,
        `Say so in the scheme: defineScheme({ …, unit: '${unit}' }).`,
      ),
      change: { scheme: { ...scheme, unit } },
    }))

/** A span in words, such as “2.5 hours”. */
function span(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'days'],
    [3_600, 'hours'],
    [60, 'minutes'],
  ]
  const [size, name] = units.find(([least]) => seconds >= least * 2) ?? [1, 'seconds']
  return `${Math.round((seconds / size) * 10) / 10} ${name}`
}

/** A day, in which nobody mistakes the unit of a time for another. */
const dayMs = 86_400_000

/** What is wrong with the time of a request whose signature holds, where it is not within the tolerance. */
export async function timeOf(request: Case, { timestamp }: Verified): Promise<Suspect | undefined> {
  const refusal = await refusalOf(request, request.toleranceSeconds)
  if (timestamp === undefined || !(refusal instanceof VerificationError)) return undefined
  const { now, scheme, toleranceSeconds = scheme.toleranceSeconds } = request
  const signed = timestamp.getTime()
  const near = (left: number, right: number) => Math.abs(left - right) < dayMs
  if (near(now.getTime() * 1000, signed)) {
    const mend = 'Give it milliseconds: now: new Date(seconds * 1000).'
    return suspect('timestamp_unit', '`now` was made of seconds, where a Date takes milliseconds.', mend)
  }
  if (scheme.unit === 'ms' && near(signed * 1000, now.getTime())) {
    return inOtherUnits(request).find(({ explanation }) => explanation.includes('in seconds'))
  }
  const off = (now.getTime() - signed) / 1000
  const says = `the timestamp is ${span(Math.abs(off))} ${off > 0 ? 'old' : 'ahead'}; ${toleranceSeconds} seconds are tolerated`
  return suspect(off > 0 ? 'timestamp_too_old' : 'timestamp_too_new', `The signature holds, but ${says}.`)
}
