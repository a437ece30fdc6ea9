/** Asked again this often while there is no stream, and now and then while there is one, should something hold its events back. */
const pollingMs = 2000
const safetyMs = 15_000
/** A stream that has not opened by then is taken for cut off; one that the browser gave up is tried again after as long. */
const openingMs = 4000

/**
 * Watches an order until the returned function is called: by Server-Sent Events, and by asking where those are cut off.
 *
 * An event only says that there is news. What is true of the order comes from `GET /api/orders/:id`, one way for both.
 */
export function watchOrder(id, { onOrder, onConnection }) {
  const url = `/api/orders/${encodeURIComponent(id)}`
  let source
  let pollTimer
  let openTimer
  let asked = 0
  let isLive
  let isOver = false

  async function refresh() {
    const turn = ++asked
    try {
      const response = await fetch(url, { headers: { accept: 'application/json' } })
      if (response.ok) {
        const order = await response.json()
        if (turn === asked && !isOver) onOrder(order)
      } else if (response.status === 404 && !isOver) onOrder(undefined)
      if (!isLive && !isOver) onConnection('polling')
    } catch {
      if (!isOver) onConnection('offline')
    }
  }

  function schedule() {
    clearTimeout(pollTimer)
    if (isOver) return
    pollTimer = setTimeout(() => refresh().finally(schedule), isLive ? safetyMs : pollingMs)
  }

  function goLive(live) {
    clearTimeout(openTimer)
    const isNews = isLive !== live
    isLive = live
    if (live) onConnection('live')
    if (isNews || live) refresh().finally(schedule)
  }

  function open() {
    source?.close()
    source = new EventSource(`${url}/events`)
    openTimer = setTimeout(() => goLive(false), openingMs)
    source.onopen = () => goLive(true)
    source.onmessage = () => refresh()
    source.onerror = () => {
      goLive(false)
      if (source.readyState === EventSource.CLOSED) openTimer = setTimeout(open, openingMs)
    }
  }

  open()
  schedule()
  return () => {
    isOver = true
    source.close()
    clearTimeout(pollTimer)
    clearTimeout(openTimer)
  }
}
