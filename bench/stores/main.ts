// What a claim and a completion cost on each store, beside raw operations and peers on the same server: npm run bench:stores
import { machine, writeSection } from '../report'
import { hold } from './contest'
import { withIoredis, withPeers } from './redis'
import { mysql, postgres, sqlite } from './sql'

const rounds = Number(process.env['ROUNDS'] ?? 15)
const parts: string[] = []
for (const open of [withIoredis, withPeers, postgres, mysql, sqlite]) {
  const part = await hold(await open(), rounds)
  console.log(part)
  parts.push(part)
}

writeSection(
  'stores',
  `## Stores

\`npm run bench:stores\`, ${machine()}; medians of ${rounds} interleaved rounds. A cycle claims a new key and completes it with a result of
${JSON.stringify({ status: 200, body: 'x'.repeat(150) }).length} bytes. Client and server share the machine.

${parts.join('\n\n')}`,
)
process.exit(0)
