import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'

const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
const hook = webhook(options, (event) => console.log('handled', event.id))

export const config = { runtime: 'edge' }
export default hook
