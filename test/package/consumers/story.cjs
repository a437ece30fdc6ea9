const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createServer } = require('node:http')

/** What a user does with the package, whatever way it was loaded: send, receive once, refuse a forgery. */
module.exports = async ({ countersign, schemes, idempotency, node, fetch: fetchAdapter, sender, testing }) => {
  const { generateSecret, sign, verify, VerificationError, ConfigurationError } = countersign
  const scheme = schemes.standardWebhooks
  const secret = generateSecret()
  const body = JSON.stringify({ type: 'payment.succeeded', data: { order: 'order_1' } })

  const events = []
  const options = { scheme, secret, store: idempotency.memoryStore() }
  const server = createServer(node.webhook(options, (event) => void events.push(event))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/hooks`

  try {
    const { attempt } = sender.createSender({ scheme, guard: false })
    for (const _ of [1, 2]) {
      const { verdict, status } = await attempt({ url, secret }, { id: 'evt_1', body })
      assert.deepEqual({ verdict, status }, { verdict: 'delivered', status: 200 })
    }
    assert.equal(events.length, 1)
    assert.equal(events[0].type, 'payment.succeeded')
    assert.equal(events[0].payload.data.order, 'order_1')

    const forged = await sign(scheme, { secret: generateSecret(), body })
    assert.equal((await fetch(url, { method: 'POST', headers: forged, body })).status, 401)
    await assert.rejects(verify(scheme, { secret, headers: forged, body }), (error) => {
      return error instanceof VerificationError && error.code === 'signature_mismatch'
    })
    await assert.rejects(sign(scheme, { secret: '', body }), ConfigurationError)
  } finally {
    server.close()
    server.closeAllConnections()
  }

  const receive = fetchAdapter.webhook({ scheme, secret }, (event, context) => context.reply({ body: event.id }))
  const response = await receive(await testing.signedRequest(scheme, { url, secret, body, id: 'evt_2' }))
  assert.deepEqual([response.status, await response.text()], [200, 'evt_2'])
}
