import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'

// A worker whose store takes its time to tidy up after the answer, and which tells whether that came to its end.

const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
let swept = false

const store = {
  ...memoryStore(),
  async sweep() {
    await new Promise((resolve) => setTimeout(resolve, 20))
    swept = true
    return 0
  },
}
const hook = webhook({ scheme: standardWebhooks, secret, store }, () => undefined)

// biome-ignore lint/style/noDefaultExport: what a worker exports.
export default {
  async fetch(request: Request, environment: object, context: { waitUntil(promise: Promise<unknown>): void }) {
    const { origin, pathname } = new URL(request.url)
    if (pathname !== '/hooks') return Response.json(swept)
    return hook(await signedRequest(standardWebhooks, { url: `${origin}/hooks`, secret, body: '{}' }), environment, context)
  },
}
