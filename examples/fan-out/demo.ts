/** Three receivers behind one PostgreSQL: open any of the pages, each shows what all of them received. `npx tsx examples/fan-out/demo.ts` */
import { setTimeout } from 'node:timers/promises'
import { openStage } from './stage'

const stage = await openStage(3)
console.log('Open any of these pages. Ctrl-C ends everything.')
for (const url of stage.urls) console.log(url)
process.once('SIGINT', async () => {
  await stage.close()
  process.exit()
})
for (let made = 1; ; made++) {
  await stage.send(stage.urls[made % stage.urls.length] as string, `msg_${made}`).catch(() => 0)
  await setTimeout(1000)
}
