// One program may load both builds, as when a framework requires what the application imports.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { VerificationError, verify } from 'countersign'
import { github } from 'countersign/schemes'

const required = createRequire(import.meta.url)('countersign')
assert.notEqual(required.VerificationError, VerificationError)
const request = { secret: 'secret', headers: {}, body: '' }
await assert.rejects(required.verify(github, request), (error) => error instanceof VerificationError)
await assert.rejects(verify(github, request), (error) => error instanceof required.VerificationError)
