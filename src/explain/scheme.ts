import { hmacs } from '../crypto/hmac'
import { schemes } from '../schemes'
import type { ContentPart, Scheme } from '../schemes/scheme'
import { type Case, type Guess, type Hypothesis, headerOf, neededHeaders } from './evidence'
import { type Suspect, suspect } from './explanation'
import { inOtherUnits } from './time'

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

const use = (names: readonly string[]) => `import { ${names.map(camelCase).join(', ')} } from 'countersign/schemes'`

/** The other providers whose signature header the request carries. */
const othersIn = ({ scheme, headers }: Case): Scheme[] =>
  Object.values(schemes).filter(({ name, signature }) => {
    const header = 'header' in signature ? signature.header : undefined
    return name !== scheme.name && header !== undefined && headerOf(headers, header) !== undefined
  })

/** Whose request it looks like, by its headers alone. */
export function otherProvider(request: Case): Suspect | undefined {
  const others = othersIn(request)
  const [first] = others
  const { signature, name: expected } = request.scheme
  const own = 'header' in signature ? headerOf(request.headers, signature.header) : undefined
  if (first === undefined || own !== undefined) return undefined
  const names = others.map(({ name }) => name)
  const [header] = neededHeaders(first)
  return suspect(
    'another_scheme',
    `The request has no signature of ${expected}, but ${header}, as those of ${names.join(', ')} have.`,
    `Use the scheme of who sends it: ${use(names)}.`,
  )
}

const dot: ContentPart = { text: '.' }
const colon: ContentPart = { text: ':' }

const layouts: readonly (readonly ContentPart[])[] = [
  ['body'],
  ['timestamp', dot, 'body'],
  ['timestamp', colon, 'body'],
  ['timestamp', 'body'],
  [{ text: 'v0:' }, 'timestamp', colon, 'body'],
  ['id', dot, 'timestamp', dot, 'body'],
  ['url', 'body'],
  ['method', 'url', 'body', 'timestamp'],
  ['body', 'timestamp'],
]

const say = (content: readonly ContentPart[]) =>
  content.map((part) => (typeof part === 'string' ? part : 'text' in part ? `“${part.text}”` : part.body)).join(' + ')

const lengthOf = { hex: 2, base64: 4 / 3, base64url: 4 / 3 } as const

/** Whether a header holds a text as long as such a signature. */
function holdsSignature({ scheme: { signature }, headers }: Case, bytes: number | undefined, encoding: keyof typeof lengthOf) {
  if (!('header' in signature) || bytes === undefined) return false
  const { header, prefix = '', list } = signature
  const exact = Math.ceil(bytes * lengthOf[encoding])
  const length = prefix.length + (encoding === 'base64' ? Math.ceil(exact / 4) * 4 : exact)
  return (headerOf(headers, header) ?? '').split(list as string).some((item) => item.length === length)
}

/** A description may be wrong in the digest, the encoding and the layout; of each request only those that it can have are tried. */
function* described(request: Case): Generator<Guess> {
  const { scheme, headers, url } = request
  const { algorithm, encoding, content, id, timestamp, proof } = scheme
  if (!algorithm.name.startsWith('hmac-') || proof) return
  const isIn = (place: Scheme['id'] | Scheme['timestamp']) =>
    place !== undefined && 'header' in place && headerOf(headers, place.header) !== undefined
  const has = (part: ContentPart) => (part === 'timestamp' ? isIn(timestamp) : part === 'id' ? isIn(id) : part !== 'url' || url)
  const encodings = (['hex', 'base64', 'base64url'] as const).filter((each) => each !== encoding)
  const forms = [...new Set([algorithm, ...Object.values(hmacs)])].flatMap((hmac) =>
    ([encoding, ...encodings] as const).flatMap((written) =>
      written !== 'utf8' && holdsSignature(request, hmac.signatureBytes, written) ? [{ hmac, written }] : [],
    ),
  )
  for (const layout of [content, ...layouts.filter((parts) => parts.every(has))]) {
    for (const { hmac, written } of forms) {
      const explanation = `The sender signs with ${hmac.name} in ${written}, over ${say(layout)}.`
      const pieces = layout.map((part) => JSON.stringify(part).replace('{"text":', '{ text: ').replace('}', ' }')).join(', ')
      const mend = `Describe it so: defineScheme({ …, algorithm: '${hmac.name}', encoding: '${written}', content: [${pieces}] }).`
      yield {
        ...suspect('scheme_description', explanation, mend),
        change: { scheme: { ...scheme, algorithm: hmac, encoding: written, content: layout } },
      }
    }
  }
}

/** Whether the sender signs otherwise than the scheme says. */
export const schemeHypotheses: readonly Hypothesis[] = [
  {
    part: 'scheme',
    rulesOut: 'the scheme of another provider whose signature header is there',
    *guesses(request) {
      // Where only the provider can sign, its key may have to be fetched.
      const offline = othersIn(request).filter(({ proof }) => !proof || proof.write)
      for (const scheme of offline) {
        const explanation = `The request is signed as ${scheme.name} signs, not as ${request.scheme.name}.`
        yield { ...suspect('another_scheme', explanation, `Use that scheme: ${use([scheme.name])}.`), change: { scheme } }
      }
    },
  },
  { part: 'scheme', rulesOut: 'times in another unit', guesses: inOtherUnits },
  { part: 'scheme', rulesOut: 'another HMAC, encoding or layout of what is signed', guesses: described },
]
