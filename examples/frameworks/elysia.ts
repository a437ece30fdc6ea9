import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { Elysia } from 'elysia'

const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
const hook = webhook(options, (event) => console.log('handled', event.id))

new Elysia().all('/hooks', ({ request }) => hook(request), { parse: 'none' }).listen(process.env.PORT ?? 3000)
