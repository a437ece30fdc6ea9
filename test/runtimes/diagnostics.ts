import { subscribe } from 'node:diagnostics_channel'
import type { Observation } from 'countersign'
import { publish } from 'countersign/diagnostics'
import { webhook } from 'countersign/fetch'
import { github } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'

const secret = 'It is a secret to everybody'

/** What a listener hears of a delivery, where the runtime has channels. */
export async function heard(): Promise<string[]> {
  const outcomes: string[] = []
  subscribe('countersign:delivery', (message) => void outcomes.push((message as Observation).outcome))
  const hook = webhook({ scheme: github, secret, observe: publish() }, () => undefined)
  await hook(await signedRequest(github, { url: 'https://shop.example/hooks', secret, body: '{}' }))
  return outcomes
}
