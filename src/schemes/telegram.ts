import { token } from '../crypto/token'
import { makeScheme } from './make'

/** Telegram, with the `secret_token` of setWebhook: nothing of the request is signed. Source: core.telegram.org/bots/api#setwebhook. */
export const telegram = /* @__PURE__ */ makeScheme({
  name: 'telegram',
  algorithm: token,
  key: 'utf8',
  encoding: 'utf8',
  signature: { header: 'x-telegram-bot-api-secret-token' },
  id: { body: '/update_id' },
  retry: { windowSeconds: 86_400, resigned: true },
})
