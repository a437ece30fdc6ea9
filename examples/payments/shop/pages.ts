import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'
import type { Shoppers } from './shopper'

const folder = fileURLToPath(new URL('../page/', import.meta.url))

/** The checkout page and its files. `timelineUrl` is where the demo tells what it does, if it does. */
export function pages(shoppers: Shoppers, timelineUrl: string | undefined): Router {
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self'`,
    `connect-src 'self'${timelineUrl ? ` ${new URL(timelineUrl).origin}` : ''}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')

  return Router()
    .use((_request, response, next) => {
      response.set({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
      next()
    })
    .get(['/', '/orders/:id'], (request, response) => {
      shoppers.welcome(request, response)
      response.set('cache-control', 'no-store').sendFile('index.html', { root: folder, cacheControl: false })
    })
    .get('/timeline.json', (_request, response) => {
      response.json({ url: timelineUrl })
    })
    .use(express.static(folder, { index: false }))
}
