import { expect, it } from 'vitest'
import { toAnswer } from '../../src/idempotent/answer'

const { signal } = new AbortController()

const streaming = (...chunks: unknown[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    }),
  )

it('reads a stream of text as its UTF-8, though the platform would refuse to send it', async () => {
  const { body } = await toAnswer(streaming('é', new Uint8Array([65]), new Uint8Array([66, 67]).buffer), signal)
  expect(new TextDecoder().decode(body)).toBe('éABC')
})

it('refuses a stream of what is neither text nor bytes', async () => {
  await expect(toAnswer(streaming({ a: 1 }), signal)).rejects.toThrow('the raw body as text or bytes')
})
