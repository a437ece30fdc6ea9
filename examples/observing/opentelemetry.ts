import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Observation } from 'countersign'

const tracer = trace.getTracer('countersign')
const seconds = metrics.getMeter('countersign').createHistogram('webhook.delivery.duration', { unit: 's' })

/** A span and a measurement for each delivery: `observe: trackDelivery`. */
export function trackDelivery(observation: Observation): void {
  if (!('status' in observation)) return
  const { scheme, outcome, status, key, type, durationMs, bodyBytes } = observation
  const code = 'code' in observation ? observation.code : undefined
  seconds.record(durationMs / 1000, { scheme, outcome, code })
  const attributes = { scheme, outcome, code, status, key, type, 'body.bytes': bodyBytes }
  const span = tracer.startSpan(`webhook ${scheme}`, {
    kind: SpanKind.CONSUMER,
    startTime: Date.now() - durationMs,
    attributes,
  })
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code ?? outcome })
  if (outcome === 'failed') span.recordException(observation.error as Error)
  span.end()
}
