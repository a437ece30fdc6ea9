import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { Hono } from 'hono'

const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
const hook = webhook(options, (event) => console.log('handled', event.id))

export default new Hono().all('/hooks', (context) => hook(context.req.raw, context))
