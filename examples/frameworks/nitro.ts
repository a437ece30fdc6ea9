import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { defineHandler } from 'nitro/h3'

const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
const hook = webhook(options, (event) => console.log('handled', event.id))

export default defineHandler((event) => hook(event.req, event))
