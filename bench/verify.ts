// What a signature costs, beside peers and beside node:crypto by itself: npm run bench
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { newerNode } from '../test/runtimes/binaries'
import { writePlot } from './plot'
import { machine, table, writeSection } from './report'
import { type Measured, ratioOf, timeOf } from './signing/measured'
import { targetsOf } from './signing/targets'
import { reasons } from './signing/tried'

const measure = (program: string): Measured =>
  JSON.parse(
    execFileSync(program, ['--import', 'tsx', fileURLToPath(new URL('signing/measure.ts', import.meta.url))], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )

const nameOf = (bytes: number) =>
  bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${bytes / 1024} KB` : `${bytes / 1_048_576} MB`

const comparison = (measured: Measured) =>
  table(
    ['', ...measured.sizes.map(nameOf)],
    measured.rows.map(([name]) => [
      name,
      ...measured.sizes.map(
        (bytes) => `${ratioOf(measured, name, bytes).toFixed(2)} (${timeOf(measured, name, bytes).toFixed(1)} µs)`,
      ),
    ]),
  )

const promises = (measured: Measured) =>
  table(
    ['target', '', 'measured', ''],
    targetsOf(measured).map(({ name, limit, measured: ratio, isMet }) => [
      name,
      limit,
      ratio.toFixed(2),
      isMet ? 'met' : '**missed**',
    ]),
  )

/** Bars at 1 KB: whoever ends left of the line is faster than the HMAC alone. */
async function drawBars(measured: Measured) {
  const shown = measured.rows.filter(([name]) => name.includes('verify') || name === measured.byHand)
  const values = shown
    .filter(([name]) => !/refuses|secrets|`Headers`/.test(name))
    .map(([name]) => ({
      name: name.replaceAll('`', ''),
      ratio: ratioOf(measured, name, 1024),
      whose: name.startsWith('`verify`') ? 'countersign' : 'others',
    }))
    .sort((left, right) => left.ratio - right.ratio)
  await writePlot('verify-1-kb', {
    width: 620,
    height: { step: 26 },
    title: { text: 'Verifying 1 KB: time beside the HMAC alone (less is faster)', fontSize: 16, anchor: 'start' },
    layer: [
      {
        data: { values },
        mark: { type: 'bar', height: 17 },
        encoding: {
          y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0 } },
          x: { field: 'ratio', type: 'quantitative', title: null },
          color: {
            field: 'whose',
            type: 'nominal',
            title: null,
            scale: { domain: ['countersign', 'others'], range: ['#0072b2', '#b8b8b8'] },
            legend: { orient: 'top-right' },
          },
        },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 12 },
        encoding: {
          y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0 } },
          x: { field: 'ratio', type: 'quantitative' },
          text: { field: 'ratio', format: '.2f' },
        },
      },
      {
        data: { values: [{ ratio: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 4], color: '#c1272d', strokeWidth: 1.5 },
        encoding: { x: { field: 'ratio', type: 'quantitative' } },
      },
    ],
  })
}

const lines = {
  '`verify` of `github`': '#0072b2',
  '`verify` of `stripe`': '#56b4e9',
  '`verify` of `standardWebhooks`': '#003f5c',
  'written by hand, with care': '#7f7f7f',
  '@octokit/webhooks-methods verify, text': '#e69f00',
  'stripe verifyHeader': '#d55e00',
  'standardwebhooks verify': '#c1272d',
} as const

/** Lines over the length of the body. */
async function drawLines(measured: Measured) {
  const values = Object.keys(lines).flatMap((name) =>
    measured.sizes.map((bytes) => ({ name: name.replaceAll('`', ''), bytes, ratio: ratioOf(measured, name, bytes) })),
  )
  await writePlot('verify-by-size', {
    width: 620,
    height: 380,
    title: { text: 'Verifying, by length: time beside the HMAC alone (less is faster)', fontSize: 16, anchor: 'start' },
    data: { values },
    mark: { type: 'line', point: true, strokeWidth: 2.5 },
    encoding: {
      x: {
        field: 'bytes',
        type: 'quantitative',
        title: 'bytes of the body',
        scale: { type: 'log', base: 2, nice: false },
        axis: {
          values: [...measured.sizes],
          labelExpr: "datum.value < 1024 ? datum.value + ' B' : datum.value < 1048576 ? datum.value / 1024 + ' KB' : '1 MB'",
        },
      },
      y: {
        field: 'ratio',
        type: 'quantitative',
        title: 'times as long (logarithmic)',
        scale: { type: 'log', nice: false },
        axis: { values: [0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 15] },
      },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        scale: { domain: Object.keys(lines).map((name) => name.replaceAll('`', '')), range: Object.values(lines) },
        legend: { labelLimit: 0 },
      },
    },
  })
}

const [main, ...others] = [process.execPath, newerNode].flatMap((program) => (program ? [measure(program)] : []))
if (!main) throw new Error('Nothing was measured')
await drawBars(main)
await drawLines(main)
writeSection(
  'verify',
  `## Signatures

\`npm run bench\`, ${machine()}; medians of ${main.rounds} rounds, in which each takes its turn of half a millisecond. A number is how many times as long it takes as the first line,
which is what hashing alone takes in the usual way: less is faster. Headers are a record and bodies bytes, unless a line says otherwise.

![Verifying 1 KB](results/verify-1-kb.svg)

![Verifying by length](results/verify-by-size.svg)

### What we wanted

${[main, ...others].map((measured) => `**Node ${measured.node}**, beside ${measured.base}\n\n${promises(measured)}`).join('\n\n')}

${reasons}

### What was measured

${[main, ...others].map((measured) => `**Node ${measured.node}**\n\n${comparison(measured)}`).join('\n\n')}`,
)
