import { watchOrder } from '/watch.js'

const find = (id) => document.getElementById(id)
const checkout = find('checkout')
const status = checkout.querySelector('.status')

const statusTexts = {
  waiting: { title: 'Waiting for payment…', text: 'No need to reload: the page hears of it by itself.' },
  paid: { title: 'Paid', text: 'Thank you. The notebook is on its way.' },
  declined: { title: 'Payment declined', text: 'Nothing was charged. You can try again.' },
  trouble: { title: 'That did not work', text: 'The shop or the provider cannot be reached just now. Try again in a moment.' },
}
const connectionTexts = {
  connecting: 'Connecting…',
  live: 'Live',
  polling: 'Asking every 2 seconds',
  offline: 'Reconnecting…',
}

let order = location.pathname.match(/^\/orders\/([\w-]+)$/)?.[1]
let stopWatching = () => {}

function show(state) {
  const texts = statusTexts[state]
  checkout.dataset.status = state
  status.hidden = texts === undefined
  if (texts && find('status-title').textContent !== texts.title) {
    find('status-title').textContent = texts.title
    find('status-text').textContent = texts.text
  }
  find('pay').hidden = find('pay-declined').hidden = state === 'waiting' || state === 'paid'
  find('again').hidden = state !== 'paid'
  document.title = texts ? `${texts.title} · Plain Paper` : 'Checkout · Plain Paper'
}

function showConnection(connection) {
  find('connection').dataset.connection = connection
  find('connection').textContent = connectionTexts[connection]
}

function watch() {
  stopWatching()
  find('meta').hidden = false
  find('order').textContent = order
  showConnection('connecting')
  stopWatching = watchOrder(order, {
    onConnection: showConnection,
    onOrder(found) {
      if (found === undefined) return startOver()
      show(found.status)
      if (found.status !== 'paid') return
      stopWatching()
      find('connection').textContent = ''
    },
  })
}

function startOver() {
  stopWatching()
  order = undefined
  history.replaceState(undefined, '', '/')
  find('meta').hidden = true
  show('open')
}

async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok && response.status !== 409) throw new Error(`${path} answered ${response.status}`)
  return response
}

async function pay(card) {
  find('pay').disabled = find('pay-declined').disabled = true
  try {
    if (order === undefined) {
      order = (await (await post('/api/orders')).json()).id
      history.pushState(undefined, '', `/orders/${order}`)
      watch()
    }
    await post(`/api/orders/${order}/pay`, { card })
    if (checkout.dataset.status !== 'paid') show('waiting')
  } catch {
    show('trouble')
  } finally {
    find('pay').disabled = find('pay-declined').disabled = false
  }
}

find('pay').addEventListener('click', () => pay('good'))
find('pay-declined').addEventListener('click', () => pay('declined'))
find('again').addEventListener('click', () => {
  startOver()
  find('pay').focus()
})
addEventListener('popstate', () => location.reload())

if (order) watch()
