/** Shows what the demo tells of itself; a shop without a demo around it has no timeline. */
const panel = document.getElementById('timeline')
const list = document.getElementById('steps')
const steps = new Map()

const element = (name, className, text = '') => Object.assign(document.createElement(name), { className, textContent: text })

function step(key, title, text) {
  const known = steps.get(key)
  if (known) return known
  const item = element('li', 'step')
  const chips = element('ul', 'chips')
  chips.hidden = true
  const notes = element('ul', 'notes')
  item.append(element('h3', '', title))
  if (text) item.append(element('p', 'muted', text))
  item.append(chips, notes)
  list.append(item)
  const made = { chips, notes }
  steps.set(key, made)
  return made
}

const stepOf = ({ step: key }) => (key === 'visitor' ? step('visitor', 'Paid from this page') : step(key, key))

const show = {
  step: (entry) => step(entry.step, entry.title, entry.text),
  attempt(entry) {
    const { chips } = stepOf(entry)
    const chip = element('li', 'chip', entry.label)
    chip.dataset.verdict = entry.tone
    chip.title = entry.text
    chip.setAttribute('aria-label', entry.text)
    chips.append(chip)
    chips.hidden = false
  },
  note: (entry) => stepOf(entry).notes.append(element('li', 'said', entry.text)),
  check(entry) {
    const item = element('li', entry.holds ? 'holds' : 'fails', entry.text)
    stepOf(entry).notes.append(item)
  },
}

function receive({ data }) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
  const entry = JSON.parse(data)
  show[entry.kind]?.(entry)
  if (isAtEnd) list.scrollTop = list.scrollHeight
}

const { url } = await (await fetch('/timeline.json')).json()
if (url) {
  panel.hidden = false
  new EventSource(url).onmessage = receive
}
