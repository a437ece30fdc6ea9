// What a signature costs, beside peers and beside node:crypto by itself: npm run bench:verify
import { createHmac, timingSafeEqual } from 'node:crypto'
import { sign as octokitSign, verify as octokitVerify } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as Svix } from 'svix'
import { machine, median, table, writeSection } from './report'

// As it is installed, and not as tsx would make it.
const built = new URL('../dist/', import.meta.url).href
const { sign, verify } = (await import(`${built}index.js`)) as typeof import('../src/index')
const { github, standardWebhooks, stripe } = (await import(`${built}schemes/index.js`)) as typeof import('../src/schemes/index')

const rounds = Number(process.env['ROUNDS'] ?? 15)
const key = Buffer.from('0123456789abcdef0123456789abcdef')
const secret = `whsec_${key.toString('base64')}`
const text = key.toString('latin1')
const now = new Date()
const seconds = String(Math.floor(now.getTime() / 1000))
const theirStripe = new Stripe('sk_test_none')
const [standard, svix] = [new Webhook(secret), new Svix(secret)]

type Act = () => unknown

async function contendersFor(body: Buffer): Promise<Record<string, Act>> {
  const bodyText = body.toString()
  const [forStandard, forStripe, forGithub] = await Promise.all([
    sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now }),
    sign(stripe, { secret: text, body, timestamp: now }),
    sign(github, { secret: text, body }),
  ])
  const hub = forGithub['x-hub-signature-256'] ?? ''
  const forged = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
  const svixHeaders = { 'svix-id': 'msg_1', 'svix-timestamp': seconds, 'svix-signature': forStandard['webhook-signature'] ?? '' }
  return {
    '`createHmac(Buffer).digest()` alone': () => createHmac('sha256', key).update(body).digest(),
    'written by hand, with care': () => {
      if (!/^sha256=[0-9a-f]{64}$/.test(hub)) throw new Error('malformed')
      const expected = createHmac('sha256', key).update(body).digest()
      if (!timingSafeEqual(expected, Buffer.from(hub.slice(7), 'hex'))) throw new Error('forged')
    },
    '`verify` of `github`': () => verify(github, { secret: text, headers: forGithub, body, now }),
    '`verify` of `stripe`': () => verify(stripe, { secret: text, headers: forStripe, body, now }),
    '`verify` of `standardWebhooks`': () => verify(standardWebhooks, { secret, headers: forStandard, body, now }),
    '`verify` of `standardWebhooks`, two secrets': () =>
      verify(standardWebhooks, {
        secret: [secret, `whsec_${Buffer.alloc(32, 1).toString('base64')}`],
        headers: forStandard,
        body,
        now,
      }),
    '`verify` that refuses a forgery': () => verify(github, { secret: text, headers: forged, body, now }).catch(() => undefined),
    '`sign` of `standardWebhooks`': () => sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now }),
    '`@octokit/webhooks-methods` verify': () => octokitVerify(text, bodyText, hub),
    '`@octokit/webhooks-methods` sign': () => octokitSign(text, bodyText),
    '`stripe` constructEvent': () =>
      theirStripe.webhooks.signature?.verifyHeader(bodyText, forStripe['stripe-signature'] ?? '', text, 300),
    '`standardwebhooks` verify': () => standard.verify(bodyText, forStandard),
    '`svix` verify': () => svix.verify(bodyText, svixHeaders),
  }
}

async function microseconds(act: Act, times: number): Promise<number> {
  const started = performance.now()
  for (let left = times; left > 0; left--) await act()
  return ((performance.now() - started) * 1000) / times
}

const sizes = [64, 1024, 16_384, 1_048_576]
const columns: { name: string; time: number; ratio: number }[][] = []
for (const size of sizes) {
  // Of JSON, since some peers parse it.
  const contenders = await contendersFor(Buffer.from(JSON.stringify({ text: 'x'.repeat(size - 11) })))
  const times = Math.max(20, Math.min(2000, Math.round(4e6 / size)))
  const measured = new Map(Object.keys(contenders).map((name): [string, number[]] => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, act] of Object.entries(contenders)) {
      const time = await microseconds(act, times)
      // The first round only warms up.
      if (round > 0) measured.get(name)?.push(time)
    }
  }
  const base = [...measured.values()][0] as number[]
  columns.push(
    [...measured].map(([name, of]) => ({
      name,
      time: median(of),
      ratio: median(of.map((time, round) => time / (base[round] as number))),
    })),
  )
  console.log(
    size,
    columns
      .at(-1)
      ?.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`)
      .join(' · '),
  )
}

const rows = (columns[0] ?? []).map(({ name }, row) => [
  name,
  ...columns.map((column) => `${(column[row]?.ratio ?? 0).toFixed(2)} (${(column[row]?.time ?? 0).toFixed(1)} µs)`),
])
writeSection(
  'verify',
  `## Signatures

\`npm run bench:verify\`, ${machine()}; medians of ${rounds} interleaved rounds, as ratios to the first line, below which nothing can be that uses it. Less is faster.

${table(['', ...sizes.map((size) => (size < 1024 ? `${size} B` : size < 1_048_576 ? `${size / 1024} KB` : '1 MB'))], rows)}`,
)
