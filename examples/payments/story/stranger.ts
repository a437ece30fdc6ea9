/** What a stranger can see of an answer. */
export interface Refusal {
  readonly status: number
  readonly body: string
  readonly headers: string
}

/** Sends what anybody could send to the shop's endpoint. */
export async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Refusal> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
  const visible = [...response.headers].filter(([name]) => name !== 'date')
  return { status: response.status, body: await response.text(), headers: JSON.stringify(visible) }
}

/** Whether each of them is the empty 401, and none can be told from another. */
export function sameRefusal(refusals: readonly Refusal[]): boolean {
  const [first] = refusals
  return refusals.every(({ status, body, headers }) => status === 401 && body === '' && headers === first?.headers)
}
