import { gzipSync } from 'node:zlib'
import type { Scheme } from 'countersign'
import { type ExplainOptions, explain } from 'countersign/explain'
import { discord, github, square, standardWebhooks, standardWebhooksV1a, stripe } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { requestOf, usual } from './faults'

/** A scheme that counts what its keys are asked for. */
function counting(scheme: Scheme) {
  const counts = { checks: 0, signatures: 0, bytes: 0 }
  const verifier: Scheme['algorithm']['verifier'] = (secret, format) => {
    const key = scheme.algorithm.verifier(secret, format)
    return {
      ...key,
      matches(parts, candidates) {
        counts.checks++
        counts.signatures += candidates.length
        for (const part of parts) counts.bytes += part.length
        return key.matches(parts, candidates)
      },
    }
  }
  return { counts, scheme: { ...scheme, algorithm: { ...scheme.algorithm, verifier } } }
}

const mebibyte = 1024 * 1024

async function countOf(from: Scheme, { headers, ...change }: Partial<ExplainOptions> & { headers?: Record<string, string> }) {
  const { scheme, counts } = counting(from)
  const { options } = await requestOf(from)
  const explanation = await explain(scheme, { ...options, headers: { ...options.headers, ...headers }, ...change })
  return { counts, explanation }
}

const wrong = { secret: 'whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4' }

/** A body with something for every manner of writing it. */
const rich = JSON.stringify({
  z: 'Zoë’s / <b> = \u0007 "',
  a: [1, 2.5, 3, 1e30, { y: 1e-7, b: 'x' }],
  m: Array.from({ length: 40 }, (_, index) => ({ [`n${index}`]: index })),
})

const notTried = expect.arrayContaining([expect.any(String)])

const proxied = {
  forwarded: 'host=a.example;proto=http',
  'x-forwarded-host': 'b.example:81',
  'x-original-uri': '/other?a=b',
  'x-forwarded-prefix': '/prefix',
}

describe('is bounded', () => {
  it('for an ordinary request: some hundred MACs', async () => {
    const { counts, explanation } = await countOf(stripe, wrong)
    expect(explanation.outcome).toBe('unexplained')
    expect(counts.checks).toBeGreaterThan(100)
    expect(counts.checks).toBeLessThan(1_000)
  })

  it('for eight secrets, a URL and a body with something of everything', async () => {
    const secret = Array.from({ length: 8 }, (_, index) => `whsec_${'eHh4'.repeat(index + 6)}`)
    const otherSecrets = Object.fromEntries(secret.map((text, index) => [String(index), `${text}x`]))
    const { counts, explanation } = await countOf(square, { secret, body: rich, otherSecrets, headers: proxied })
    expect(explanation).toMatchObject({ outcome: 'unexplained', notTried })
    expect(counts.checks).toBeGreaterThan(1_000)
    expect(counts.checks).toBeLessThanOrEqual(4_000 + 8 * 4)
  })

  it('for Ed25519, each of whose signatures costs twenty MACs', async () => {
    const secret = 'ab'.repeat(32)
    const { counts, explanation } = await countOf(discord, { secret, body: rich })
    expect(explanation).toMatchObject({ outcome: 'unexplained', notTried })
    expect(counts.signatures).toBeGreaterThan(50)
    expect(counts.signatures).toBeLessThanOrEqual(210)
  })

  it('for a list of 2,000 signatures', async () => {
    const signature = Array(2_000)
      .fill(`v1a,${Buffer.alloc(64, 1).toString('base64')}`)
      .join(' ')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1772366400', 'webhook-signature': signature }
    const { counts, explanation } = await countOf(standardWebhooksV1a, {
      headers,
    })
    expect(explanation).toMatchObject({ outcome: 'unexplained', notTried })
    expect(counts.signatures).toBeLessThanOrEqual(300)
  })

  it('for a list of 2,000 malformed signatures', async () => {
    const signature = Array(2_000).fill('v1,=').join(' ')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1772366400', 'webhook-signature': signature }
    const { counts, explanation } = await countOf(standardWebhooks, { headers })
    expect(explanation).toMatchObject({ outcome: 'explained', cause: 'malformed' })
    expect(counts.checks).toBe(0)
  })

  it('for a body of a mebibyte', async () => {
    const body = JSON.stringify(
      Array.from({ length: 18_000 }, (_, index) => ({ id: index, name: 'Zoë', price: 12.5, url: 'a/b' })),
    )
    expect(body.length).toBeGreaterThan(0.8 * mebibyte)
    const { counts, explanation } = await countOf(github, { ...wrong, body })
    expect(explanation).toMatchObject({ outcome: 'unexplained', notTried })
    expect(counts.bytes).toBeGreaterThan(4 * mebibyte)
    expect(counts.bytes).toBeLessThanOrEqual(27 * mebibyte)
  })

  it('for a body of many mebibytes, which it does not change', async () => {
    const { counts, explanation } = await countOf(github, { ...wrong, body: 'a'.repeat(10 * mebibyte) })
    expect(explanation).toMatchObject({
      outcome: 'unexplained',
      notTried: expect.arrayContaining([expect.stringMatching(/written again/)]),
    })
    expect(counts.bytes).toBeLessThanOrEqual(40 * mebibyte)
  })

  it('for a body that is a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mebibyte))
    const { counts, explanation } = await countOf(github, { body: bomb })
    expect(explanation).toMatchObject({ outcome: 'unexplained', notTried: [], suspicions: [expect.stringMatching(/gzip/)] })
    expect(counts.bytes).toBeLessThan(40 * mebibyte)
  })

  it.each([
    ['deep', '['.repeat(100_000)],
    ['deep and closed', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['cut in a string', `{"a":"${'\\'.repeat(99_999)}`],
    ['cut in gzip', gzipSync(usual).subarray(0, 30)],
    ['bytes that are no text', Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 256)],
  ])('for a body that is %s', async (_, body) => {
    const { explanation } = await countOf(github, { ...wrong, body })
    expect(explanation.outcome).toBe('unexplained')
  })

  it('for headers that no sender writes', async () => {
    const { options } = await requestOf(github)
    const headers = Object.entries(options.headers).concat(
      Array.from({ length: 2_000 }, (_, index) => [`x-${index}`, 'a'.repeat(8)]),
    )
    const explanation = await explain(github, { ...options, ...wrong, headers })
    expect(explanation.outcome).toBe('unexplained')
  })
})
