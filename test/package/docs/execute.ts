import { writeFileSync } from 'node:fs'
import type { Block } from './blocks'
import { alone, type Drive, drives } from './drives'
import { start } from './start'

const secretNames = (code: string) =>
  [...code.matchAll(/process\.env(?:\.|\[')(\w*SECRET\w*)/g)].map(([, name]) => name as string)

async function driveOf({ drive, code, place }: Block): Promise<Drive> {
  if (!drive) return alone
  const prepare = drives[drive.name]
  if (!prepare) throw new Error(`${place}: expected \`run\` to name one of ${Object.keys(drives).join(', ')}, got ${drive.name}`)
  return prepare(drive.options as Parameters<typeof prepare>[0], secretNames(code))
}

/** Really runs a block, from a file of its own, and has its drive check that it does what it is there for. */
export async function execute(block: Block, path: string): Promise<void> {
  const drive = await driveOf(block)
  let { code } = block
  for (const [text, by] of Object.entries(drive.replace ?? {})) {
    if (!code.includes(text)) throw new Error(`${block.place}: nothing to replace, the block does not hold ${text}`)
    code = code.replaceAll(text, by)
  }
  writeFileSync(path, code)
  const running = start(path, drive.environment)
  try {
    await drive.check(running)
  } finally {
    await running.stop()
    await drive.close?.()
  }
}
