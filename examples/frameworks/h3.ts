import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { H3, serve } from 'h3'

const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
const hook = webhook(options, (event) => console.log('handled', event.id))

serve(new H3().all('/hooks', (event) => hook(event.req, event)))
