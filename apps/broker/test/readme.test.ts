/** The README shows what the app prints, and no flag is missing there. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { banner } from '../src/banner.ts'
import { loadConfiguration } from '../src/configuration/loading.ts'
import { command } from '../src/command-line.ts'
import type { Keeping } from '../src/keeping.ts'
import { version } from '../src/version.ts'

// The version in the text is that of the day when it was written.
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll(
  /Godwit \d+\.\d+\.\d+/g,
  `Godwit ${version}`,
)

const KEEPING: Keeping = { durability: 'fsync', directory: '~/.local/state/godwit-broker' }

it.each([
  ['TCP', {}],
  ['TCP and WebSocket', { wsPort: 8083 }],
])('the README shows the banner of %s', async (_, flags) => {
  const { configuration } = await loadConfiguration({ env: {}, flags })
  const urls = new Map(configuration.listeners.map(({ name, url }) => [name, url]))
  const listening = Array.from(urls.values(), (url) => `listening ${url}\n`)
  const text = banner(urls, { ...configuration, keeping: KEEPING }, [])
  expect(README).toContain(text + listening.join(''))
})

it.each(command().options)('the README has the default of $flags', ({ flags, defaultValue }) => {
  const [, cell] = README.match(new RegExp(`^\\| \`${flags}\` +\\| (.*?) *\\|`, 'm')) ?? []
  const none = NONE.get(flags) ?? 'off'
  expect(cell).toBe(defaultValue === undefined ? none : `\`${String(defaultValue)}\``)
})

/** What stands there for flags without a default. */
const NONE: ReadonlyMap<string, string> = new Map([
  ['--version', ''],
  ['--data <directory>', 'see below'],
])
