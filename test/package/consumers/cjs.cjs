const story = require('./story.cjs')

story({
  countersign: require('countersign'),
  schemes: require('countersign/schemes'),
  idempotency: require('countersign/idempotency'),
  node: require('countersign/node'),
  fetch: require('countersign/fetch'),
  sender: require('countersign/sender'),
  testing: require('countersign/testing'),
}).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
