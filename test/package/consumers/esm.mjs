import * as countersign from 'countersign'
import * as fetch from 'countersign/fetch'
import * as idempotency from 'countersign/idempotency'
import * as node from 'countersign/node'
import * as schemes from 'countersign/schemes'
import * as sender from 'countersign/sender'
import * as testing from 'countersign/testing'
import story from './story.cjs'

await story({ countersign, schemes, idempotency, node, fetch, sender, testing })
