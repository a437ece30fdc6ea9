import { ConfigurationError, defineScheme, type Scheme, sign, verify } from 'countersign'
import { type ExplainOptions, explain } from 'countersign/explain'
import { github, linear, shopify, slack, square, standardWebhooks, stripe } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { at, type Fault, faults, requestOf, secretOf, usual } from './faults'

async function faulty(fault: Fault): Promise<ExplainOptions> {
  const { options } = await requestOf(fault.scheme, fault)
  return { ...options, ...fault.happens(options) }
}

describe.each(Object.entries(faults))('names what is wrong with the %s', (_, table) => {
  it.each(table.map((fault) => [fault.name, fault.scheme.name, fault] as const))('%s (%s)', async (_name, _scheme, fault) => {
    const options = await faulty(fault)
    await expect(verify(fault.scheme, options)).rejects.toThrow()
    const explanation = await explain(fault.scheme, options)
    expect(explanation).toMatchObject({ outcome: 'explained', cause: fault.cause, proven: !fault.unproven })
    expect(explanation.explanation).toMatch(fault.says ?? /\.$/)
    expect(explanation.mend).toMatch(/.{20}/)
  })
})

describe('what cannot be recovered', () => {
  const secret = 'whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4'
  it.each<[string, Pick<Fault, 'scheme' | 'happens'> & { signed?: string }, RegExp?]>([
    ['the secret of another endpoint', { scheme: stripe, happens: () => ({ secret }) }],
    ['the secret of another endpoint, in base64', { scheme: standardWebhooks, happens: () => ({ secret }) }],
    [
      'an integer that JavaScript rounded',
      {
        scheme: github,
        signed: '{"id":12345678901234567891,"n":2}',
        happens: ({ body }) => ({ body: JSON.stringify(JSON.parse(body)) }),
      },
      /integers/,
    ],
    [
      'names in the order of a database',
      { scheme: github, signed: '{"zeta":1,"id":2}', happens: () => ({ body: '{"id": 2, "zeta": 1}' }) },
    ],
    [
      'a body decoded with losses',
      { scheme: shopify, happens: ({ body }) => ({ body: body.replace('ë', '\ufffd') }) },
      /U\+FFFD/,
    ],
    ['a body that was cut', { scheme: slack, happens: ({ body }) => ({ body: body.slice(0, -9) }) }, /cut/],
    ['a body that something read', { scheme: github, happens: () => ({ body: '' }) }, /empty/],
    ['a body that was changed', { scheme: square, happens: ({ body }) => ({ body: body.replace('1250', '9999') }) }],
    [
      'an id that was changed',
      { scheme: standardWebhooks, happens: ({ headers }) => ({ headers: { ...headers, 'webhook-id': 'msg_2' } }) },
    ],
    [
      'a compressed body of a sender that signs it compressed',
      { scheme: github, happens: ({ headers }) => ({ headers: { ...headers, 'content-encoding': 'br' }, body: 'other' }) },
      /content-encoding/,
    ],
    [
      'a time that was changed, and is old',
      {
        scheme: stripe,
        happens: ({ headers }) => ({
          headers: { 'stripe-signature': String(headers['stripe-signature']).replace(/t=\d+/, 't=1700000000') },
        }),
      },
      /too old/,
    ],
  ])('%s', async (_, fault, suspicion) => {
    const { options } = await requestOf(fault.scheme, fault)
    const explanation = await explain(fault.scheme, { ...options, ...fault.happens(options) })
    expect(explanation).toMatchObject({
      outcome: 'unexplained',
      explanation: expect.stringMatching(/^No cause found/),
      notTried: [],
    })
    const { ruledOut, suspicions } = explanation as Extract<typeof explanation, { outcome: 'unexplained' }>
    expect(ruledOut.length).toBeGreaterThan(20)
    if (suspicion) expect(suspicions.join(' ')).toMatch(suspicion)
    else expect(suspicions).toEqual([])
  })
})

it('thinks of the URL where that is signed, and nowhere else', async () => {
  const mendOf = async (scheme: Scheme) => {
    const { options } = await requestOf(scheme, {})
    const explanation = await explain(scheme, { ...options, secret: 'nobody has this one', url: 'https://inner.example/a/b/c' })
    return [explanation.outcome, explanation.mend]
  }
  expect(await mendOf(square)).toEqual(['unexplained', expect.stringContaining('`publicUrl`')])
  expect(await mendOf(github)).toEqual(['unexplained', expect.not.stringContaining('URL')])
})

describe('two things at once', () => {
  it('names a secret and a body', async () => {
    const { options } = await requestOf(stripe, { signed: '{"a": 1, "b": "Zo\\u00eb"}' })
    const happens = { secret: `"${options.secret}"`, body: JSON.stringify(JSON.parse(options.body)) }
    expect(await explain(stripe, { ...options, ...happens })).toMatchObject({
      cause: 'secret_quotes',
      proven: true,
      also: [{ cause: 'body_reserialized', proven: true }],
    })
  })

  it('names a body and a time', async () => {
    const { options } = await requestOf(stripe, { signed: '{\n  "a": 1\n}' })
    const happens = { body: '{"a":1}', now: new Date(at.getTime() + 86_400_000) }
    expect(await explain(stripe, { ...options, ...happens })).toMatchObject({
      cause: 'body_reserialized',
      also: [{ cause: 'timestamp_too_old', explanation: expect.stringContaining('24 hours') }],
    })
  })

  it('names a header and a URL', async () => {
    const { options } = await requestOf(square)
    const headers = Object.entries(options.headers).map(([name, value]): [string, string] => [name.replace(/-/g, '_'), value])
    expect(await explain(square, { ...options, headers, url: String(options.url).replace('https', 'http') })).toMatchObject({
      cause: 'header_renamed',
      also: [{ cause: 'url_protocol' }],
    })
  })

  it('tells a header from what it cannot prove', async () => {
    const { options } = await requestOf(github)
    const headers = { x_hub_signature_256: String(options.headers['x-hub-signature-256']) }
    expect(await explain(github, { ...options, headers, secret: 'another' })).toMatchObject({
      cause: 'header_renamed',
      proven: false,
    })
  })
})

describe('several secrets', () => {
  it('looks at each, and mends one', async () => {
    const { options } = await requestOf(github)
    const explanation = await explain(github, { ...options, secret: ['first', `${options.secret}\n`, 'third'] })
    expect(explanation).toMatchObject({ cause: 'secret_whitespace', proven: true, also: [] })
  })

  it('tells of one that is no key where another holds', async () => {
    const { options } = await requestOf(standardWebhooks)
    const explanation = await explain(standardWebhooks, { ...options, secret: ['no base64!', options.secret as string] })
    expect(explanation).toMatchObject({ cause: 'secret_unusable', proven: true })
  })
})

describe('what is given', () => {
  it('is said to verify where it does', async () => {
    const { options } = await requestOf(github)
    expect(await explain(github, options)).toEqual({
      outcome: 'verifies',
      explanation: expect.stringContaining('verify() accepts'),
      mend: expect.any(String),
    })
  })

  it('may have headers in any shape, a one-shot iterable too', async () => {
    const { options } = await requestOf(stripe)
    const body = `${options.body}\n`
    const pairs = Object.entries(options.headers)
    for (const headers of [
      new Headers(options.headers),
      pairs,
      new Map(pairs).entries(),
      { ...options.headers, other: undefined },
    ]) {
      expect(await explain(stripe, { ...options, headers, body })).toMatchObject({ cause: 'body_whitespace' })
    }
  })

  it.each<[string, (options: ExplainOptions) => unknown]>([
    ['headers', (options) => ({ ...options, headers: undefined })],
    ['headers', (options) => ({ ...options, headers: 'none' })],
    ['body', (options) => ({ ...options, body: { parsed: true } })],
    ['secret', (options) => ({ ...options, secret: [] })],
    ['now', (options) => ({ ...options, now: new Date(Number.NaN) })],
    ['toleranceSeconds', (options) => ({ ...options, toleranceSeconds: -1 })],
    ['otherSecrets', (options) => ({ ...options, otherSecrets: ['a'] })],
    ['otherSecrets', (options) => ({ ...options, otherSecrets: Object.fromEntries(Array(17).entries()) })],
  ])('is refused as verify does: %s', async (name, change) => {
    const { options } = await requestOf(stripe)
    const refused = expect(explain(stripe, change(options) as ExplainOptions)).rejects
    await refused.toThrow(ConfigurationError)
    await expect(explain(stripe, change(options) as ExplainOptions)).rejects.toThrow(`Expected \`${name}\``)
  })

  it('is refused where a scheme signs the URL and there is none, or there is no scheme', async () => {
    const { options } = await requestOf(square)
    await expect(explain(square, { ...options, url: undefined })).rejects.toThrow('Expected `url`')
    await expect(explain(undefined as never, options)).rejects.toThrow('Expected `scheme`')
  })

  it('keeps the keys that are in use in the cache', async () => {
    let imports = 0
    const verifier: Scheme['algorithm']['verifier'] = (secret, format) => {
      imports++
      return github.algorithm.verifier(secret, format)
    }
    const scheme = { ...github, algorithm: { ...github.algorithm, verifier } }
    const { options } = await requestOf(github)
    await verify(scheme, options)
    for (let round = 0; round < 4; round++) {
      const secret = Array.from({ length: 8 }, (_, index) => `key_${'aB3d'.repeat(6)}${round}${index}`)
      await explain(scheme, { ...options, secret })
    }
    const before = imports
    expect(before).toBeGreaterThan(400)
    await verify(scheme, options)
    expect(imports).toBe(before)
  })

  it('is never changed', async () => {
    const { options } = await requestOf(linear, { signed: '{"a": 1}' })
    const body = new TextEncoder().encode('{"a":1}')
    const before = body.slice()
    const frozen = Object.freeze({ ...options, headers: Object.freeze(options.headers), body, toleranceSeconds: false } as const)
    await explain(linear, frozen)
    expect(body).toEqual(before)
  })
})

it('says how a scheme must be described, so that it verifies', async () => {
  const sender = defineScheme({
    name: 'acme',
    algorithm: 'hmac-sha512',
    encoding: 'base64',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'x-acme-signature' },
    timestamp: { header: 'x-acme-time' },
  })
  const receiver = defineScheme({
    name: 'acme',
    signature: { header: 'x-acme-signature' },
    timestamp: { header: 'x-acme-time' },
  })
  const secret = secretOf(receiver)
  const headers = await sign(sender, { secret, body: usual, timestamp: at })
  const { mend } = await explain(receiver, { secret, headers, body: usual, now: at })
  expect(mend).toBe(
    `Describe it so: defineScheme({ …, algorithm: 'hmac-sha512', encoding: 'base64', content: ["timestamp", { text: "." }, "body"] }).`,
  )
})
