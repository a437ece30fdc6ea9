import { createHash, createHmac } from 'node:crypto'
import { sign, VerificationError, verify } from 'countersign'
import { contentful, twilio } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'

const secret = 'a'.repeat(64)

describe('a signed form', () => {
  const url = 'https://shop.example/hooks?a=1'
  const signed = (text: string) => ({ 'x-twilio-signature': createHmac('sha1', secret).update(text).digest('base64') })
  const check = (headers: Record<string, string>, body: string, at = url) =>
    verify(twilio, { secret, headers, body, url: at }).then(
      () => true,
      (error) => (error instanceof VerificationError ? false : Promise.reject(error)),
    )

  it('is signed in the order of its names, each value once, whatever order it came in', async () => {
    const headers = signed(`${url}A1B2B3c4`)
    expect(await check(headers, 'A=1&B=2&B=3&c=4')).toBe(true)
    expect(await check(headers, 'c=4&B=3&A=1&B=2&B=2')).toBe(true)
    expect(await check(headers, 'A=1&B=2&c=4')).toBe(false)
    expect(await check(headers, 'A=1&B=2&B=3&c=5')).toBe(false)
    expect(await check(signed(`${url}__proto__1`), '__proto__=1')).toBe(true)
  })

  it('may have been signed with the standard port, or without', async () => {
    const body = 'A=1'
    for (const [from, to] of [
      ['https://shop.example/h', 'https://shop.example:443/h'],
      ['http://shop.example/h', 'http://shop.example:80/h'],
      ['https://user:pass@[::1]/h?a:b', 'https://user:pass@[::1]:443/h?a:b'],
    ] as const) {
      expect(await check(signed(`${from}A1`), body, to)).toBe(true)
      expect(await check(signed(`${to}A1`), body, from)).toBe(true)
    }
    expect(await check(signed('https://shop.example:8443/hA1'), body, 'https://shop.example/h')).toBe(false)
  })

  it('may have been signed with an apostrophe that the URL of a fetch request has escaped', async () => {
    const called = `https://shop.example/h?Body=It's+amazing`
    expect(new URL(called).href).toContain('It%27s')
    expect(await check(signed(`${called}A1`), 'A=1', new URL(called).href)).toBe(true)
    expect(await check(signed(`${called.replace('/h', ':443/h')}A1`), 'A=1', new URL(called).href)).toBe(true)
    expect(await check(signed(`${new URL(called).href}A1`), 'A=1', called)).toBe(false)
  })

  it('is no form: then its hash is in the URL, and must be its own', async () => {
    const body = '{"a":1}'
    const hash = createHash('sha256').update(body).digest('hex')
    const at = `${url}&bodySHA256=${hash}`
    expect(await check(signed(at), body, at)).toBe(true)
    expect(await check(signed(at), '{"a":2}', at)).toBe(false)
    expect(await check(signed(at), '', at)).toBe(false)
    for (const other of [`${at}&bodySHA256=${hash}`, `${url}&bodySHA256=`, `${url}&bodySHA256=${hash.toUpperCase()}`]) {
      expect(await check(signed(other), body, other)).toBe(false)
    }
    // Without a hash nothing of such a body would be signed.
    expect(await check(signed(url), body)).toBe(false)
    await expect(sign(twilio, { secret, url: at, body: '{"a":2}' })).rejects.toThrow('bodySHA256')
  })

  it('is refused where it is not UTF-8', async () => {
    const headers = signed(`${url}a\ufffd`)
    await expect(verify(twilio, { secret, headers, url, body: Uint8Array.of(0x61, 0x3d, 0xff) })).rejects.toThrow(
      VerificationError,
    )
  })
})

describe('signed headers', () => {
  const url = 'https://shop.example/hooks'
  const body = '{}'
  const time = Date.now()
  const list = 'x-contentful-signed-headers'
  const stamp = 'x-contentful-timestamp'

  /** Signs as Contentful is documented to, with any list. */
  function signed(names: string[], headers: Record<string, string> = {}) {
    const all: Record<string, string> = { [list]: names.join(','), [stamp]: String(time), ...headers }
    const lines = [...names].sort().map((name) => `${name}:${all[name]}`)
    const signature = createHmac('sha256', secret)
      .update(`POST\n/hooks\n${lines.join(';')}\n${body}`)
      .digest('hex')
    return { ...all, 'x-contentful-signature': signature }
  }
  const check = (headers: Record<string, string>) => verify(contentful, { secret, headers, body, url })

  it('are those that the list names, in the order of their names', async () => {
    await expect(check(signed([list, stamp]))).resolves.toMatchObject({ idIsSigned: false, timestamp: new Date(time) })
    const names = [stamp, 'x-contentful-idempotency-key', list]
    const headers = signed(names, { 'x-contentful-idempotency-key': 'key-1' })
    await expect(check(headers)).resolves.toMatchObject({ id: 'key-1', idIsSigned: true })
    await expect(check({ ...headers, 'x-contentful-idempotency-key': 'key-2' })).rejects.toThrow(VerificationError)
  })

  it('are refused where the list names what no header is called, in headers of any shape', async () => {
    for (const name of ['', 'a b', 'é']) {
      const headers = { ...signed([list, stamp]), [list]: `${list},${stamp},${name}` }
      await expect(check(headers)).rejects.toThrow(VerificationError)
      const pairs = Object.entries(headers).filter(([, value]) => !value.includes('é'))
      await expect(verify(contentful, { secret, headers: new Headers(pairs), body, url })).rejects.toThrow(VerificationError)
    }
  })

  it.each([
    ['leaves out the time', [list]],
    ['leaves out itself', [stamp]],
    ['names a header twice', [list, stamp, stamp]],
    ['names a header that is not there', [list, stamp, 'x-other']],
    ['names very many', [list, stamp, ...Array.from({ length: 63 }, (_, at) => `x-${at}`)]],
  ])('are refused when the list %s', async (_, names) => {
    const others = Object.fromEntries(names.filter((name) => /^x-\d/.test(name)).map((name) => [name, 'a']))
    await expect(check(signed(names, others))).rejects.toThrow(VerificationError)
  })
})
