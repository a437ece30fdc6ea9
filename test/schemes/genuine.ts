import type { Scheme } from 'countersign'
import { schemes } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { isProviders, newKeys } from './keys'

export const url = 'https://shop.example/hooks?a=1'

/** The schemes whose sender we can be. */
export const speakable = Object.entries(schemes).filter(([name]) => !isProviders(name))

/** A body that every scheme can sign, and find its values in. */
export const bodyOf = ({ name }: Scheme) =>
  JSON.stringify({
    id: 'evt_1',
    event_id: 'evt_1',
    type: 'made',
    update_id: 7,
    event: { id: 'evt_1', type: 'made' },
    data: { id: 'evt_1', event_type: 'made' },
    ...(name === 'linear' && { webhookTimestamp: Date.now() }),
    ...(name === 'adyen' && { notificationItems: [{ NotificationRequestItem: { pspReference: 'psp', eventCode: 'MADE' } }] }),
  })

/** A request that a scheme's sender makes, in pieces. */
export async function make(scheme: Scheme, keys = newKeys(scheme), body = bodyOf(scheme)) {
  const request = await signedRequest(scheme, { secret: keys.sender, url, body })
  const headers: Record<string, string | string[]> = Object.fromEntries(request.headers)
  return { keys, headers, body: await request.text() }
}
