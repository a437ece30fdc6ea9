import { token } from '../crypto/token'
import { makeScheme } from './make'

/** Deepgram, with the `user:password` of the URL as secret: nothing of the request is signed. Source: developers.deepgram.com/docs/callback. */
export const deepgram = /* @__PURE__ */ makeScheme({
  name: 'deepgram',
  algorithm: token,
  key: 'utf8',
  encoding: 'base64',
  signature: { header: 'authorization', prefix: 'Basic ' },
  retry: { windowSeconds: 300, resigned: true },
  bodyIsKey: true,
})
