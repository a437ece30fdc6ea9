import { encode } from '../../core/encoding'
import { nodeCrypto } from '../../crypto/runtime'

/** What the server runs as one step. */
export interface Script {
  readonly text: string
  /** What EVALSHA calls it; undefined where the runtime has no node:crypto, and the text is sent every time. */
  readonly sha: string | undefined
}

const script = (text: string): Script => ({
  text,
  sha: nodeCrypto && encode(nodeCrypto.createHash('sha1').update(text).digest(), 'hex'),
})

/**
 * The operations on a key, which is one value that expires with its retention: who holds or completed it (false once it was given
 * back), the attempt, the rest, the fingerprint (or false) and, where there is one, the result; last what is left of the retention
 * when the result is over, where that is sooner.
 *
 * The rest is what is left of the retention when the lease ends, false once the key is completed: it is held while the server has
 * longer than that to keep it. So the server’s clock alone decides, and need not be asked for. One value and not a hash, which
 * takes two commands to write and, with a result, two thirds more memory. Each script writes once, last: what fails is not rolled
 * back.
 */
export const scripts = {
  // The attempt, where it is granted: a bare number costs the least. Else why not.
  claim: script(`
local token, keep, rest, fingerprint = ARGV[1], ARGV[2], ARGV[3], ARGV[4] or false
local attempt = 1
local value = redis.call('GET', KEYS[1])
if value then
  local holder, attempts, left, known, result, gone = unpack(cmsgpack.unpack(value))
  if fingerprint and known and fingerprint ~= known then return { 'mismatch' } end
  if not left then
    if gone and redis.call('PTTL', KEYS[1]) <= gone then return { 'completed' } end
    return { 'completed', result }
  end
  if holder ~= token then
    local wait = redis.call('PTTL', KEYS[1]) - left
    if wait > 0 then return { 'in_progress', wait } end
    attempts = attempts + 1
  end
  attempt, fingerprint = attempts, known or fingerprint
end
redis.call('SET', KEYS[1], cmsgpack.pack({ token, attempt, rest, fingerprint }), 'PX', keep)
return attempt`),

  complete: script(`
local token, keep, result, gone = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local holder, attempt, left, known = unpack(cmsgpack.unpack(value))
if holder ~= token then return 0 end
if left then redis.call('SET', KEYS[1], cmsgpack.pack({ token, attempt, false, known, result, gone }), 'PX', keep) end
return 1`),

  release: script(`
local token, wait = ARGV[1], ARGV[2]
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local holder, attempt, left, known = unpack(cmsgpack.unpack(value))
if holder ~= token or not left then return 0 end
local rest = redis.call('PTTL', KEYS[1]) - wait
redis.call('SET', KEYS[1], cmsgpack.pack({ false, attempt, rest, known }), 'KEEPTTL')
return 1`),

  extend: script(`
local token, lease = ARGV[1], tonumber(ARGV[2])
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local holder, attempt, left, known = unpack(cmsgpack.unpack(value))
if holder ~= token or not left then return 0 end
local keep = math.max(redis.call('PTTL', KEYS[1]), lease, 1)
redis.call('SET', KEYS[1], cmsgpack.pack({ token, attempt, keep - lease, known }), 'PX', string.format('%.0f', keep))
return 1`),
}
