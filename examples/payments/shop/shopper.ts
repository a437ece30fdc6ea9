import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'

const cookieName = 'countersign_demo_shopper'

/** Who asks: a random name in a signed cookie, given to whoever has none. */
export const shoppers = (cookieKey: string) => {
  const sign = (name: string) => createHmac('sha256', cookieKey).update(name).digest('base64url')

  const read = (request: Request): string | undefined => {
    const cookies = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
    const [name, signature] =
      cookies
        .find((pair) => pair.startsWith(`${cookieName}=`))
        ?.slice(cookieName.length + 1)
        .split('.') ?? []
    if (!name || !signature) return undefined
    const [given, expected] = [Buffer.from(signature), Buffer.from(sign(name))]
    return given.length === expected.length && timingSafeEqual(given, expected) ? name : undefined
  }

  const welcome = (request: Request, response: Response): string => {
    const known = read(request)
    if (known) return known
    const name = randomBytes(16).toString('base64url')
    response.cookie(cookieName, `${name}.${sign(name)}`, { httpOnly: true, sameSite: 'strict', path: '/' })
    return name
  }

  return { read, welcome }
}

export type Shoppers = ReturnType<typeof shoppers>
