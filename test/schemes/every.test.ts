import { sign, VerificationError, verify } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { receiver, shown } from '../receiver/harness'
import { make, speakable, url } from './genuine'
import { newKeys } from './keys'

describe.each(speakable)('%s', (_, scheme) => {
  const check = (secret: unknown, headers: Record<string, string | string[]>, body: string) =>
    verify(scheme, { secret: secret as string, headers, body, url })
  const isToken = scheme.algorithm.name === 'token'

  it('verifies what it signs, and nothing that was changed', async () => {
    const { keys, headers, body } = await make(scheme)
    await expect(check(keys.receiver, headers, body)).resolves.toMatchObject({ scheme: scheme.name, secretIndex: 0 })
    await expect(check([newKeys(scheme).receiver, keys.receiver], headers, body)).resolves.toMatchObject({ secretIndex: 1 })
    await expect(check(newKeys(scheme).receiver, headers, body)).rejects.toThrow(VerificationError)
    if (!isToken) {
      for (const other of ['', '{}', `${body.slice(0, -1)},"more":1}`.replace('psp', 'other').replace('_1', '_2')]) {
        // Mailgun signs nothing of its event, but what it signs stands in the body.
        if (scheme.name === 'mailgun' && other.includes('more')) continue
        await expect(check(keys.receiver, headers, other)).rejects.toThrow(VerificationError)
      }
    }
  })

  it('refuses a header of its proof that is missing, empty, or there twice', async () => {
    const { keys, headers, body } = await make(scheme)
    const proof = Object.keys(await sign(scheme, { secret: keys.sender, url, body }).catch(() => ({})))
    for (const name of proof) {
      // What is not signed is no part of the proof.
      if (scheme.id && 'header' in scheme.id && scheme.id.header === name && !scheme.id.signed) continue
      const value = headers[name] as string
      for (const changed of [undefined, '', [value, value], `${value}, ${value}`, [], `${value}\n`]) {
        const request = { ...headers, [name]: changed } as Record<string, string>
        await expect(check(keys.receiver, request, body), `${name}: ${JSON.stringify(changed)}`).rejects.toThrow(
          VerificationError,
        )
      }
      const twice = { ...headers, [name.toUpperCase()]: value }
      await expect(check(keys.receiver, twice, body)).rejects.toThrow(VerificationError)
    }
  })

  it('refuses two thousand candidates without trying them', async () => {
    if (!('header' in scheme.signature)) return
    const { keys, headers, body } = await make(scheme)
    const { prefix = '', list } = scheme.signature
    const header = Object.keys(headers).find((name) => name.startsWith((scheme.signature as { header: string }).header)) as string
    const value = [headers[header]].flat()[0] ?? ''
    const forged = value.replace(prefix, '').replace(/[a-f0-9]/gi, (digit) => (digit === 'a' ? 'b' : 'a'))
    const many = Array.from({ length: 2000 }, () => `${prefix}${forged}`).join(list ?? ' ')
    const started = process.cpuUsage()
    await expect(check(keys.receiver, { ...headers, [header]: many }, body)).rejects.toThrow(VerificationError)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1000).toBeLessThan(500)
  })

  it('takes whatever comes for forged', async () => {
    const { keys, headers, body } = await make(scheme)
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(...[headers].flatMap((all) => Object.values(all).flat())),
    )
    const mangled = fc.dictionary(fc.constantFrom(...Object.keys(headers)), fc.oneof(text, fc.array(text, { maxLength: 3 })))
    const bodies = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant(body))
    await fc.assert(
      fc.asyncProperty(mangled, bodies, async (changes, other) => {
        const error = await check(keys.receiver, { ...headers, ...changes }, other).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (error !== undefined) expect(error).toBeInstanceOf(VerificationError)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses a key of another kind, and shows none of it', async () => {
    const { headers, body } = await make(scheme)
    const others = [
      '',
      ' ',
      '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----',
      '{"kty":"EC","crv":"P-521","x":"AAAA"}',
      { kty: 'oct', k: 'c2VjcmV0' },
    ]
    for (const other of [...others, new Uint8Array()]) {
      const error = await check(other, headers, body).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(Error)
      expect(['ConfigurationError', 'VerificationError']).toContain((error as Error).name)
      expect(JSON.stringify(error) + String(error)).not.toMatch(/MFkw|AAAA|c2Vj/)
    }
  })

  it('is handled once, however often it comes', async () => {
    const handler = vi.fn()
    const { keys, headers, body } = await make(scheme)
    const { hook } = receiver({ scheme, secret: keys.receiver, store: memoryStore(), publicUrl: url }, handler)
    for (let time = 0; time < 2; time++) {
      const request = new Request(url, { method: 'POST', headers: headers as Record<string, string>, body })
      expect(await shown(await hook(request))).toMatchObject({ status: 200 })
    }
    expect(handler).toHaveBeenCalledOnce()
  })
})
