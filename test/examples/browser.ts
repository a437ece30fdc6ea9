import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A browser of this machine; undefined, and said aloud, where there is none. Under CI that is a failure. */
export async function tryBrowser(): Promise<Browser | undefined> {
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path))
  if (executablePath)
    return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet] })
  const message = 'no chromium: install it, or set CHROMIUM_PATH'
  if (process.env['CI']) throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return undefined
}
