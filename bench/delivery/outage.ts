// A day of events while the receiver is down for four hours of it, by a turned clock: npm run bench:outage
import { classify, nextDelay, type Outcome } from '../../src/sender'
import { writePlot } from '../plot'
import { table, writeSection } from '../report'

const perDay = Number(process.env['EVENTS'] ?? 10_000_000)
const hour = 3600
const day = 24 * hour
const [downFrom, downUntil] = [6 * hour, 10 * hour]
const bucketSeconds = 60
const lastBucket = (4 * day) / bucketSeconds
const schedules = ['default', 'standard', 'svix'] as const
const upSeconds = 0.05

/** What the receiver does while it is down, and for how long a try then keeps a connection. */
const downs = {
  'answers 503': { outcome: { kind: 'response', status: 503 }, seconds: upSeconds },
  'answers nothing': { outcome: { kind: 'timeout' }, seconds: 15 },
} as const satisfies Record<string, { outcome: Outcome; seconds: number }>
const up: Outcome = { kind: 'response', status: 200 }

/** The same numbers on every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const at = (of: Float64Array, index: number) => of[index] ?? 0
const add = (of: Float64Array, index: number, amount: number) => {
  of[index] = at(of, index) + amount
}

interface Run {
  readonly delivered: Float64Array
  /** Rows that wait, at the end of each bucket. */
  readonly waiting: Float64Array
  readonly lost: number
  /** The latest that an event came after it happened. */
  readonly latestHours: number
  readonly peakTries: number
  /** How many tries are under way at once, at the peak. */
  readonly connections: number
  readonly peakRows: number
}

function simulate(schedule: (typeof schedules)[number], down: (typeof downs)[keyof typeof downs]): Run {
  const random = numbers(1)
  const delivered = new Float64Array(lastBucket)
  const waiting = new Float64Array(lastBucket)
  const tries = new Float64Array(lastBucket)
  const busy = new Float64Array(lastBucket)
  let lost = 0
  let latest = 0
  for (let event = 0; event < perDay; event++) {
    const happened = (event / perDay) * day
    let now = happened
    add(waiting, Math.floor(now / bucketSeconds), 1)
    for (let attempt = 1; ; attempt++) {
      const isDown = now >= downFrom && now < downUntil
      const outcome = isDown ? down.outcome : up
      const seconds = isDown ? down.seconds : upSeconds
      const bucket = Math.floor(now / bucketSeconds)
      add(tries, bucket, 1)
      add(busy, bucket, seconds)
      now += seconds
      const verdict = classify(outcome)
      const delaySeconds = nextDelay(attempt, outcome, schedule, random)
      if (delaySeconds !== undefined) {
        now += delaySeconds
        continue
      }
      const end = Math.floor(now / bucketSeconds)
      add(waiting, end, -1)
      if (verdict === 'delivered') {
        add(delivered, end, 1)
        latest = Math.max(latest, now - happened)
      } else lost++
      break
    }
  }
  for (let bucket = 1; bucket < lastBucket; bucket++) {
    add(delivered, bucket, at(delivered, bucket - 1))
    add(waiting, bucket, at(waiting, bucket - 1))
  }
  const peak = (of: Float64Array) => of.reduce((most, one) => Math.max(most, one), 0)
  return {
    delivered,
    waiting,
    lost,
    latestHours: latest / hour,
    peakTries: peak(tries) / bucketSeconds,
    connections: peak(busy) / bucketSeconds,
    peakRows: peak(waiting),
  }
}

const runs = schedules.flatMap((schedule) =>
  Object.entries(downs).map(([name, down]) => ({ schedule, name, run: simulate(schedule, down) })),
)

const every = 15
const points = runs
  .filter(({ name }) => name === 'answers 503')
  .flatMap(({ schedule, run }) =>
    Array.from({ length: (32 * hour) / bucketSeconds / every }, (_, index) => ({
      schedule,
      hours: (index * every * bucketSeconds) / hour,
      delivered: at(run.delivered, index * every) / 1e6,
      waiting: at(run.waiting, index * every) / 1e6,
    })),
  )

const outage = [{ from: downFrom / hour, until: downUntil / hour, text: 'down' }]
const draw = (name: string, field: 'delivered' | 'waiting', title: string, unit: string) =>
  writePlot(name, {
    width: 720,
    height: 380,
    title: { text: title, fontSize: 16, anchor: 'start' },
    layer: [
      {
        data: { values: outage },
        mark: { type: 'rect', color: '#d9d9d9', opacity: 0.7 },
        encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'until' } },
      },
      {
        data: { values: outage },
        mark: { type: 'text', align: 'left', baseline: 'top', dx: 6, dy: 6, fontSize: 13, color: '#444444' },
        encoding: { x: { field: 'from', type: 'quantitative' }, y: { value: 0 }, text: { field: 'text' } },
      },
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 2.5, interpolate: 'linear' },
        encoding: {
          x: { field: 'hours', type: 'quantitative', title: 'hours', scale: { domain: [0, 32], nice: false } },
          y: { field, type: 'quantitative', title: unit },
          color: {
            field: 'schedule',
            type: 'nominal',
            scale: { domain: [...schedules], range: ['#c1272d', '#0072b2', '#e69f00'] },
          },
          strokeDash: {
            field: 'schedule',
            type: 'nominal',
            scale: {
              domain: [...schedules],
              range: [
                [1, 0],
                [1, 0],
                [6, 4],
              ],
            },
          },
        },
      },
    ],
  })
const millions = `${perDay / 1e6} million events in a day`
await draw('outage-delivered', 'delivered', `Delivered: ${millions}, receiver down for 4 hours`, 'million events delivered')
await draw('outage-waiting', 'waiting', `Rows that wait: ${millions}, receiver down for 4 hours`, 'million rows waiting')

const count = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ')
const text = table(
  [
    'schedule',
    'while it is down it',
    'given up',
    'latest, hours',
    'rows at the peak',
    'tries a second at the peak',
    'connections at the peak',
  ],
  runs.map(({ schedule, name, run }) => [
    `\`${schedule}\``,
    name,
    count(run.lost),
    run.latestHours.toFixed(1),
    count(run.peakRows),
    count(run.peakTries),
    count(run.connections),
  ]),
)
console.log(text)
writeSection(
  'outage',
  `## A receiver that is down for four hours

Simulated with a turned clock by the sender's own \`classify\` and \`nextDelay\`: ${count(perDay)} events, spread evenly over a day, all for receivers that are
down from hour 6 to hour 10. A try takes 50 ms, or the whole 15 seconds where nothing answers; nothing limits how many are under way. Peaks are of a
minute. Figures are proportional to the number of events. \`npm run bench:outage\`

${text}

![Events delivered over time](results/outage-delivered.svg)

![Rows that wait over time](results/outage-waiting.svg)`,
)
