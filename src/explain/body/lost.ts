import { type Case, headerOf } from '../evidence'
import { type Suspect, suspect } from '../explanation'

const hasEncoding = ({ headers }: Case) =>
  (headerOf(headers, 'content-encoding') ?? 'identity').trim().toLowerCase() !== 'identity'

/** What the body itself shows to be wrong, without proof. */
export function lostBody(request: Case): Suspect | undefined {
  const { text, body, headers } = request
  const printed = text?.trim() ?? ''
  if (/^(\[object [\w$]+\]|undefined|NaN|<Buffer( [0-9a-f]{2})+( \.\.\. \d+ more bytes)?>)$/.test(printed)) {
    const kind = printed.startsWith('<') ? 'a Buffer as it is logged' : printed
    return suspect('body_lost', `The body is the text “${kind}”: it was parsed before, and the object was made a string.`)
  }
  const declared = headerOf(headers, 'content-length')?.trim() ?? ''
  if (!/^\d{1,10}$/.test(declared) || hasEncoding(request) || Number(declared) === body.length) return undefined
  if (body.length === 0) {
    const explanation = `The body is empty, but ${declared} bytes arrived (content-length): something read it before.`
    return suspect('body_lost', explanation)
  }
  return suspect('body_length', `The body has ${body.length} bytes, but ${declared} arrived (content-length).`)
}

/** What is odd about the body, and may be the cause. */
export function* oddBody(request: Case): Generator<string> {
  const { text, body } = request
  if (body.length === 0) yield 'The body is empty: did something read it before? Nothing can bring it back.'
  if (text?.includes('\ufffd')) {
    yield 'The body holds U+FFFD, which stands where bytes were no text: decoding lost them, and nothing can bring them back.'
  }
  if (body[0] === 0x1f && body[1] === 0x8b) yield 'The body is compressed (gzip).'
  else if (hasEncoding(request))
    yield 'The body arrived compressed (content-encoding): the sender may have signed the compressed bytes.'
  if (/[:[,]\s*-?\d{17,}/.test(text ?? '') && /[:[,]\s*-?\d{13,}000?\b/.test(text ?? '')) {
    yield 'The body holds integers that end in zeros where JavaScript has no more digits: parsing may have rounded them.'
  }
  if (/^\s*[[{]/.test(text ?? '') && !/[\]}]\s*$/.test(text ?? ''))
    yield 'The body begins as JSON and does not end so: is it cut?'
}
