/** Chromium, driven by Playwright: one browser for the tests of a file. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { onTestFinished } from 'vitest'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const executablePath = PLACES.find((path) => existsSync(path))
const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '')

/**
 * Whether tests with a browser are to be skipped. Where nobody watches they run instead, and fail
 * for want of it.
 */
export const noBrowser: boolean = !inCi && executablePath === undefined

/** What the title of a test says of a browser that is missing; nothing if it is there. */
export const absence: string =
  executablePath === undefined ? ' (the Debian package chromium is missing)' : ''

/** Starts the browser, without a window. @throws if there is none. */
export function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('There is no Chromium: install chromium')
  return chromium.launch({ executablePath, args: FLAGS })
}

/**
 * Stops the processes that run the pages, as the machine does that goes to sleep: no timer, no
 * message. A page that Playwright holds counts as visible, and Chromium freezes none of those. What
 * is returned wakes them up, and is called at the end of the test in any case.
 */
export async function putToSleep(browser: Browser): Promise<() => void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const renderers = processInfo.filter(({ type }) => type === 'renderer')
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const { id } of renderers) process.kill(id, name)
  }
  const wake = (): void => signal('SIGCONT')
  onTestFinished(wake)
  signal('SIGSTOP')
  return wake
}

// Tests may run as root, where Chromium has no sandbox; the others keep it from calling home.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
