// Without Node's types: what runs in every runtime must compile in every runtime.
import {
  type Body,
  defineScheme,
  type Scheme,
  sign,
  type VerificationErrorCode,
  type Verified,
  verify,
  type WebhookEvent,
} from 'countersign'
import { webhook } from 'countersign/fetch'
import { createIdempotency, IdempotencyError, type IdempotencyStore, memoryStore } from 'countersign/idempotency'
import { github, schemes } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'

const acme: Scheme = defineScheme({ name: 'acme', signature: { header: 'x-webhook-signature' } })
const body: Body = '{}'
const secret = 'a secret of some length'
const store: IdempotencyStore = memoryStore()

export async function everything(): Promise<Verified> {
  const receive = webhook({ scheme: github, secret, store }, (event, context) => {
    const { key, id }: WebhookEvent<unknown> = event
    return context.reply({ status: 200, body: `${key} ${id ?? ''}` })
  })
  const response: Response = await receive(await signedRequest(github, { url: 'https://example.com/hooks', secret, body }))
  const { status, result } = await createIdempotency({ store }).run('key', ({ attempt }) => ({ attempt, ok: response.ok }))
  const outcome: 'executed' | 'replayed' = status
  const ok: boolean = result.ok
  return verify(schemes[outcome] ?? acme, {
    secret,
    headers: await sign(acme, { secret, body }),
    body,
    toleranceSeconds: ok ? 300 : false,
  })
}

export const hint = (code: VerificationErrorCode): string => (code === 'timestamp_too_old' ? 'late' : code)
export const isBusy = (error: unknown): boolean => error instanceof IdempotencyError && error.code === 'in_progress'
