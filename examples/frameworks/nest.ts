import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { WebhookEvent } from 'countersign'
import { webhook } from 'countersign/express'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'

@Injectable()
class Payments {
  handle(event: WebhookEvent) {
    console.log('handled', event.id)
  }
}

@Module({ providers: [Payments] })
class Shop {}

const app = await NestFactory.create(Shop)
const payments = app.get(Payments)
const options = { scheme: standardWebhooks, secret: process.env.WEBHOOK_SECRET ?? '', store: memoryStore() }
app.use(
  '/hooks',
  webhook(options, (event) => payments.handle(event)),
)
await app.listen(process.env.PORT ?? 3000)
