import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { generateSecret, type Observer, type WebhookEvent } from 'countersign'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, describe, expect, it } from 'vitest'
import { logDelivery } from '../../examples/observing/pino'
import { countDelivery } from '../../examples/observing/prometheus'
import { root } from '../../tools/entries'
import { receiver, store } from '../receiver/harness'

const document = readFileSync(`${root}docs/observing.md`, 'utf8')
const error = new Error('the database is away')

/** A delivery that is done, its duplicate, one that fails, and one that is forged. */
async function deliverTo(observe: Observer) {
  const { send } = receiver({ observe, store: store() }, ({ type }: WebhookEvent) => {
    if (type === 'broken') throw error
  })
  await send({ type: 'paid' }, { id: 'msg_1' })
  await send({ type: 'paid' }, { id: 'msg_1' })
  await send({ type: 'broken' }, { id: 'msg_2' })
  await send({ type: 'paid' }, { id: 'msg_3', secret: generateSecret() })
}

it.each(['opentelemetry', 'pino', 'prometheus'])('stands in the document as it is: %s', (name) => {
  expect(document).toContain(`\`\`\`ts\n${readFileSync(`${root}examples/observing/${name}.ts`, 'utf8')}\`\`\``)
})

describe('OpenTelemetry', () => {
  const spans = new InMemorySpanExporter()
  const measurements = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: measurements, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })

  afterAll(async () => {
    await meterProvider.shutdown()
    metrics.disable()
    trace.disable()
  })

  it('has a span and a measurement of each delivery', async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
    metrics.setGlobalMeterProvider(meterProvider)
    const { trackDelivery } = await import('../../examples/observing/opentelemetry')
    const before = Date.now()
    await deliverTo(trackDelivery)
    const shown = spans.getFinishedSpans().map(({ name, attributes, status, events }) => ({
      name,
      ...attributes,
      error: status.code === SpanStatusCode.ERROR ? status.message : undefined,
      exception: events[0]?.attributes?.['exception.message'],
    }))
    const common = { name: 'webhook standard-webhooks', scheme: 'standard-webhooks' }
    const paid = { ...common, key: 'standard-webhooks///msg_1', type: 'paid', status: 200, 'body.bytes': 15 }
    const broken = {
      outcome: 'failed',
      code: 'handler_failed',
      key: 'standard-webhooks///msg_2',
      type: 'broken',
      'body.bytes': 17,
    }
    const forged = { outcome: 'rejected', code: 'signature_mismatch', status: 401, 'body.bytes': 15 }
    expect(shown).toEqual([
      { ...paid, outcome: 'executed' },
      { ...paid, outcome: 'duplicate' },
      { ...common, ...broken, status: 500, error: 'handler_failed', exception: error.message },
      { ...common, ...forged },
    ])
    for (const {
      startTime: [seconds, nanoseconds],
      duration,
    } of spans.getFinishedSpans()) {
      expect(duration[0]).toBe(0)
      expect(duration[1]).toBeGreaterThan(0)
      expect(seconds * 1000 + nanoseconds / 1e6).toBeGreaterThanOrEqual(before - 1)
    }

    await reader.forceFlush()
    const [{ descriptor, dataPoints } = {}] = measurements.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? []
    expect(descriptor).toMatchObject({ name: 'webhook.delivery.duration', unit: 's' })
    expect(
      dataPoints?.map(({ attributes, value }) => [attributes['outcome'], attributes['code'], (value as { count: number }).count]),
    ).toEqual([
      ['executed', undefined, 1],
      ['duplicate', undefined, 1],
      ['failed', 'handler_failed', 1],
      ['rejected', 'signature_mismatch', 1],
    ])
  })
})

it('pino writes a line for each observation, at the level of what it means', async () => {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  await deliverTo(logDelivery(pino({ level: 'debug' }, stream)))
  const { debug, info, warn, error: failure } = pino.levels.values
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [debug, 'webhook verified'],
    [info, 'webhook executed'],
    [debug, 'webhook verified'],
    [info, 'webhook duplicate'],
    [debug, 'webhook verified'],
    [failure, 'webhook failed'],
    [warn, 'webhook rejected'],
  ])
  expect(lines[1]).toMatchObject({ key: 'standard-webhooks///msg_1', type: 'paid', attempt: 1, status: 200, bodyBytes: 15 })
  expect(lines[1]).not.toHaveProperty('err')
  expect(lines[5]).toMatchObject({ code: 'handler_failed', err: { message: error.message, stack: error.stack } })
  expect(lines[5]).not.toHaveProperty('error')
  expect(lines[6]).toMatchObject({ code: 'signature_mismatch', hint: expect.any(String) })
})

it('Prometheus reads how many deliveries ended in which way, and how long they took', async () => {
  const register = new Registry()
  await deliverTo(countDelivery(register))
  const text = await register.metrics()
  expect(text.match(/^webhook_delivery_seconds_count.*$/gm)).toEqual([
    'webhook_delivery_seconds_count{scheme="standard-webhooks",outcome="executed",code=""} 1',
    'webhook_delivery_seconds_count{scheme="standard-webhooks",outcome="duplicate",code=""} 1',
    'webhook_delivery_seconds_count{scheme="standard-webhooks",outcome="failed",code="handler_failed"} 1',
    'webhook_delivery_seconds_count{scheme="standard-webhooks",outcome="rejected",code="signature_mismatch"} 1',
  ])
  const [, sum] = /^webhook_delivery_seconds_sum\{.*outcome="executed".*\} (.*)$/m.exec(text) ?? []
  expect(Number(sum)).toBeGreaterThan(0)
  expect(Number(sum)).toBeLessThan(10)
})
