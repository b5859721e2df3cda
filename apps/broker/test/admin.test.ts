/** `godwit-broker admin ...` as its own process, against a broker that offers the admin API. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { connectAsync } from 'mqtt'
import { parseCommandLine } from '../src/command-line.ts'
import { godwit, outcomeOf } from './running-broker.ts'
import type { Printed } from './running-broker.ts'
import { temporaryDirectory } from './temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

const SECRET = 's'.repeat(40)
const NASTY = 'a\u001b]0;pwned\u0007'

describe('godwit-broker admin', () => {
  it('leaves its words, flags of others included, to the admin API', () => {
    const words = ['clients', 'show', '--json', '--', '--help']
    expect(parseCommandLine(['node', 'godwit-broker', 'admin', ...words])).toEqual({
      type: 'admin',
      args: words,
    })
  })

  it('looks after a running broker', async () => {
    await using world = await openWorld()
    const client = await connectAsync(world.tcpUrl, { clientId: NASTY, reconnectPeriod: 0 })
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
    await client.subscribeAsync('home/#')
    const { stdout } = await world.admin('clients')
    expect(stdout).toContain(String.raw`a\x1b]0;pwned\x07`)
    expect(stdout).not.toContain('\u001b')
    const [explained] = linesOf(await world.admin('explain', NASTY, 'home/door', '--json'))
    expect(explained).toMatchObject({ decision: 'allow', matching: ['home/#'] })
    expect(await world.admin('clients', 'disconnect', NASTY)).toMatchObject({ code: 0 })
    await gone
    expect(await world.admin('clients', 'show', NASTY)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: 'godwit-broker admin: No client with this Client Identifier is connected\n',
    })
    const [reloaded] = linesOf(await world.admin('reload', '--json'))
    expect(reloaded).toEqual({ changes: [], restart: [], affected: [] })
  })

  it('is told by its name of wrong flags, and of a wrong token', async () => {
    await using world = await openWorld()
    expect(await world.admin('clients', 'show')).toMatchObject({
      code: 1,
      stderr: "godwit-broker admin clients show: missing required argument 'client'\n",
    })
    const words = ['status', '--url', world.url, '--token', 'wrong']
    const refused = await outcomeOf(godwit('admin', ...words))
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('does not know the token')
  })
})

interface World extends AsyncDisposable {
  readonly tcpUrl: string
  readonly url: string
  readonly admin: (
    ...args: readonly string[]
  ) => Promise<Printed & { readonly code: number | null }>
}

async function openWorld(): Promise<World> {
  const place = await temporaryDirectory()
  const file = place.at('godwit.yaml')
  await writeFile(place.at('tokens.txt'), `test:write:${SECRET}\n`)
  await writeFile(place.at('secret'), SECRET)
  await writeFile(
    file,
    [
      'listeners: [{ url: mqtt://127.0.0.1:0 }]',
      'durability: memory',
      'admin: { url: "http://127.0.0.1:0", tokenFile: tokens.txt }',
    ].join('\n'),
  )
  const program = godwit('--config', file)
  const [, tcpUrl = ''] = await program.printed(/(mqtt:\/\/127\.0\.0\.1:\d+)/)
  const [, url = ''] = await program.printed(/(http:\/\/127\.0\.0\.1:\d+)/)
  return {
    tcpUrl,
    url,
    admin: (...args) =>
      outcomeOf(godwit('admin', '--url', url, '--token-file', place.at('secret'), ...args)),
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}

function linesOf({ stdout }: Printed): readonly unknown[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
