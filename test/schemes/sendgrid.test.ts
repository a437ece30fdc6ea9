import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { sign, verify } from 'countersign'
import { describe, expect, it } from 'vitest'
import { sendgrid } from '../../src/schemes/sendgrid'
import { optionsOf, vectors } from '../vectors/vectors'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const body = '[{"event":"open"}]\r\n'
const signatureHeader = 'x-twilio-email-event-webhook-signature'

describe('sendgrid', () => {
  const official = vectors.find(({ id }) => id === 'sendgrid/official')
  const options = optionsOf(official as NonNullable<typeof official>)

  it('holds whatever its age, and says when it was signed', async () => {
    const verified = await verify(sendgrid, { ...options, now: new Date() })
    expect(verified).toEqual({
      scheme: 'sendgrid',
      id: undefined,
      idIsSigned: false,
      timestamp: new Date(1600112502_000),
      secretIndex: 0,
    })
    await expect(verify(sendgrid, { ...options, now: new Date(), toleranceSeconds: 300 })).rejects.toMatchObject({
      code: 'timestamp_too_old',
    })
  })

  it('takes the key as PEM, too', async () => {
    const key = createPublicKey({ key: Buffer.from(official?.publicKey ?? '', 'base64'), format: 'der', type: 'spki' })
    await expect(
      verify(sendgrid, { ...options, secret: String(key.export({ format: 'pem', type: 'spki' })) }),
    ).resolves.toBeDefined()
  })

  it('knows one text of a signature', async () => {
    const text = String(official?.headers[signatureHeader])
    const bytes = Buffer.from(text, 'base64')
    for (const other of [
      text.replace(/=+$/, ''),
      ` ${text}`,
      bytes.toString('hex'),
      Buffer.concat([bytes, Buffer.alloc(3)]).toString('base64'),
      `${text},${text}`,
    ]) {
      await expect(
        verify(sendgrid, { ...options, headers: { ...options.headers, [signatureHeader]: other } }),
      ).rejects.toMatchObject({
        name: 'VerificationError',
      })
    }
  })

  it('signs for tests, and lends the body no digit of the time', async () => {
    const headers = await sign(sendgrid, { secret: privateKey.export({ format: 'jwk' }), body })
    const secret = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    await expect(verify(sendgrid, { secret, headers, body })).resolves.toBeDefined()
    const name = 'x-twilio-email-event-webhook-timestamp'
    const time = String(headers[name])
    const moved = { ...headers, [name]: time.slice(0, 9) }
    await expect(verify(sendgrid, { secret, headers: moved, body: time.slice(9) + body })).rejects.toMatchObject({
      code: 'malformed_timestamp',
    })
  })
})
