import { type Measured, ratioOf } from './measured'

const kilobyte = 1024
const schemes = ['github', 'stripe', 'standardWebhooks'] as const

/** A target: how many times as long as another it may take at most, or how many times as fast it must be at least. */
interface Target {
  readonly name: string
  readonly limit: string
  readonly measured: number
  readonly isMet: boolean
}

/** What we promised ourselves, beside what was measured. */
export function targetsOf(measured: Measured): Target[] {
  const most = (name: string, row: string, bytes: number, limit: number, beside?: string): Target => {
    const ratio = ratioOf(measured, row, bytes, beside)
    return { name, limit: `at most ${limit.toFixed(2)}`, measured: ratio, isMet: ratio <= limit }
  }
  const faster = (peer: string, row: string, limit: number): Target => {
    const ratio = ratioOf(measured, peer, kilobyte, row)
    const name = `${row}, as fast as \`${peer}\`, 1 KB`
    return { name, limit: `at least ${limit.toFixed(1)} times`, measured: ratio, isMet: ratio >= limit }
  }
  const verifyOf = (scheme: string) => `\`verify\` of \`${scheme}\``
  return [
    ...schemes.map((scheme) => most(`${verifyOf(scheme)}, 1 KB`, verifyOf(scheme), kilobyte, 1)),
    ...schemes.map((scheme) => most(`${verifyOf(scheme)}, 16 KB`, verifyOf(scheme), 16 * kilobyte, 1.05)),
    ...schemes.map((scheme) =>
      most(`${verifyOf(scheme)}, beside what is written by hand, 1 KB`, verifyOf(scheme), kilobyte, 0.8, measured.byHand),
    ),
    ...schemes.map((scheme) => most(`\`sign\` of \`${scheme}\`, 1 KB`, `\`sign\` of \`${scheme}\``, kilobyte, 0.8)),
    faster('standardwebhooks verify', verifyOf('standardWebhooks'), 5),
    faster('standardwebhooks verify, text', `${verifyOf('standardWebhooks')}, text`, 5),
    faster('stripe verifyHeader', verifyOf('stripe'), 2),
    faster('stripe verifyHeader, text', `${verifyOf('stripe')}, text`, 2),
    faster('@octokit/webhooks-methods verify, text', `${verifyOf('github')}, text`, 1.3),
    ...['github', 'standardWebhooks'].map((scheme) =>
      most(`${verifyOf(scheme)} refuses a forgery, 1 KB`, `${verifyOf(scheme)} refuses a forgery`, kilobyte, 2.5),
    ),
  ]
}
