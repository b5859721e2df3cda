// The command `admin` before a broker: what it prints, with which exit code, and that nothing that
// a client is called reaches the terminal as it is.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import type { Command } from 'commander'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { visible, visibleJson } from '../src/commands/escaping.ts'
import { AdminCommandFailure, adminCommand } from '../src/commands/index.ts'
import type { Surroundings } from '../src/commands/index.ts'
import { openWorld, READ_TOKEN, subscribe, wholeProgram, WRITE_TOKEN } from './world.ts'
import type { World } from './world.ts'

describe('admin clients', () => {
  it('lists clients side by side, and none hides the others', async () => {
    await using world = await openWorld()
    world.connect('thermometer', { username: 'anna' })
    world.connect('x'.repeat(100))
    const { out } = await run(world, ['clients'], { isTerminal: true, columns: 60 })
    const [header, first, second] = out.split('\n')
    expect(header?.split(/ {2,}/).slice(0, 2)).toEqual(['CLIENT', 'USER'])
    expect(first).toMatch(/^thermometer {2,}anna/)
    expect(second).toMatch(/^x{19}… {2}/)
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBe(60)
  })

  it('prints a line of JSON for each', async () => {
    await using world = await openWorld()
    for (const id of ['a', 'b', 'c']) world.connect(id)
    const { out, notes } = await run(world, ['clients', 'list', '--json', '--limit', '2'])
    expect(linesOf(out)).toMatchObject([{ clientId: 'a' }, { clientId: 'b' }])
    expect(notes).toBe('There are more than these 2: --all lists them.\n')
    const all = await run(world, ['--json', 'clients', 'list', '--all'])
    expect([linesOf(all.out).length, all.notes]).toEqual([3, ''])
  })

  it('shows one with what is on its way to it', async () => {
    await using world = await openWorld()
    const properties = { receiveMaximum: 1 }
    world.connect('slow', { properties }).send(subscribe('a/#'))
    for (const payload of ['1', '22']) {
      await run(world, ['publish', 'a/b', payload, '--qos', '1'])
    }
    const { out } = await run(world, ['clients', 'show', 'slow'])
    expect(out).toContain('state          connected, slow')
    expect(out).toContain('Subscriptions:\nFILTER  QOS')
    expect(out).toMatch(/In flight:\nPACKET.*\n1 +puback +a\/b +1 +1 /)
    expect(out).toMatch(/Queued:\nTOPIC.*\na\/b +1 +2 /)
  })

  it('disconnects and bans', async () => {
    await using world = await openWorld()
    world.connect('a')
    const disconnected = await run(world, ['clients', 'disconnect', 'a', '--reason', 'bye'])
    expect(disconnected.out).toBe('a is disconnected.\n')
    const banned = await run(world, ['clients', 'ban', 'a', '--seconds', '3600'])
    expect(banned.out).toBe('The client a is banned for 1h.\n')
    const { out } = await run(world, ['bans'])
    expect(out).toMatch(/client +a +1h/)
    expect((await run(world, ['bans', 'lift', 'client', 'a'])).out).toBe(
      'The ban of a is lifted.\n',
    )
  })

  it('ends with 3 where there is no such client', async () => {
    await using world = await openWorld()
    await expect(run(world, ['clients', 'show', 'nobody'])).rejects.toMatchObject({
      exitCode: 3,
      message: 'No client with this Client Identifier is connected',
    })
  })

  it('takes a client that looks like a flag behind --', async () => {
    await using world = await openWorld()
    world.connect('--json')
    const { out } = await run(world, ['clients', 'disconnect', '--', '--json'])
    expect(out).toBe('--json is disconnected.\n')
  })
})

describe('the other commands', () => {
  it('look after sessions', async () => {
    await using world = await openWorld()
    const properties = { sessionExpiryInterval: 3_600 }
    world.connect('away', { cleanStart: false, properties }).cut()
    const { out } = await run(world, ['sessions', 'list', '--away'])
    expect(out).toMatch(/away +- +away +0 +0 +0 +1h/)
    expect((await run(world, ['sessions', 'list', '--connected', '--json'])).out).toBe('')
    expect((await run(world, ['sessions', 'show', 'away'])).out).toContain('ends in')
    expect((await run(world, ['sessions', 'delete', 'away'])).out).toBe(
      'The session of away is deleted.\n',
    )
  })

  it('look after Retained Messages', async () => {
    await using world = await openWorld()
    const input = new Uint8Array([0xff, 0x00])
    await run(world, ['publish', 'bytes', '-', '--retain'], {
      readInput: () => Promise.resolve(input),
    })
    await run(world, ['publish', 'text', 'hello\u001b[2J', '--retain'])
    expect((await run(world, ['retained', 'get', 'bytes'])).out).toBe('/wA=\n')
    expect((await run(world, ['retained', 'get', 'text'])).out).toBe('hello\\x1b[2J\n')
    expect((await run(world, ['retained', '--filter', 't/#', '--json'])).out).toBe('')
    expect(linesOf((await run(world, ['retained', '--json'])).out)).toHaveLength(2)
    await run(world, ['retained', 'delete', 'text'])
    await expect(run(world, ['retained', 'get', 'text'])).rejects.toMatchObject({ exitCode: 3 })
  })

  it('say how the broker stands, and who is subscribed', async () => {
    await using world = await openWorld()
    world.connect('c').send(subscribe('a/+'))
    const { out } = await run(world, ['status'])
    expect(out).toMatch(/version +0\.0\.0\n/)
    expect(out).toMatch(/clients +1\n/)
    const { out: list } = await run(world, ['subscriptions', '--topic', 'a/b'])
    expect(list).toMatch(/c +a\/\+ +1/)
  })

  it('explain, with exit code 2 for a no', async () => {
    await using world = await openWorld({ backend: wholeProgram() })
    world.connect('c', { username: 'anna' }).send(subscribe('#'))
    const { out, exitCode } = await run(world, ['explain', 'c', 'secret/x', '--action', 'deliver'])
    expect(out).toBe(
      [
        'c may not get what is published to secret/x',
        `  as the user anna, from ${addressIn(world)}`,
        '  because acl.txt:3: topic deny secret/#',
        '  jwt: says nothing',
        '  acl.txt: deny, acl.txt:3',
        '  its subscription # matches',
        '',
      ].join('\n'),
    )
    expect(exitCode).toBe(2)
    const other = await run(world, ['explain', 'x', 'a/#', '--action', 'subscribe', '--json'])
    expect([JSON.parse(other.out), other.exitCode]).toMatchObject([{ decision: 'partly' }, 0])
  })

  it('trace, reload, plan and change the level of the log', async () => {
    await using world = await openWorld({ backend: wholeProgram() })
    expect((await run(world, ['trace', 'client', 'c', '--seconds', '60'])).out).toBe(
      "The client c is traced in the broker's log for 1m.\n",
    )
    expect((await run(world, ['trace', 'list'])).out).toMatch(/client +c +5s/)
    expect((await run(world, ['trace', 'stop', 'client', 'c'])).out).toBe('c is traced no more.\n')
    expect((await run(world, ['reload'])).out).toBe('rates.logins is 5\n')
    expect((await run(world, ['log-level', 'debug'])).out).toBe('debug\n')
    expect((await run(world, ['log-level'])).out).toBe('debug\n')
    await inDirectory(async (directory) => {
      const file = join(directory, 'new.yaml')
      await writeFile(file, 'listeners: []')
      expect((await run(world, ['plan', file])).out).toBe('After a restart: data\nc loses a/#\n')
      await writeFile(file, '')
      await expect(run(world, ['plan', file])).rejects.toThrow('The configuration is empty')
    })
    await expect(run(world, ['plan', '/nowhere/new.yaml'])).rejects.toThrow('cannot be read')
  })

  it('make a token without asking anybody', async () => {
    const { out } = await run(NOWHERE, ['token', 'grafana', '--scope', 'write', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      line: expect.stringMatching(/^grafana:write:sha256:/) as string,
    })
    await expect(run(NOWHERE, ['token', 'a:b'])).rejects.toThrow("A token's name is")
  })
})

describe('who is asked, and with which token', () => {
  it('is said by the environment, and by flags above it', async () => {
    await using world = await openWorld()
    const environment = { GODWIT_ADMIN_URL: world.url, GODWIT_ADMIN_TOKEN: READ_TOKEN }
    await run(NOWHERE, ['status'], { environment })
    const wrong = { GODWIT_ADMIN_URL: 'http://127.0.0.1:1', GODWIT_ADMIN_TOKEN: 'wrong' }
    await run(NOWHERE, ['status', '--url', world.url, '--token', READ_TOKEN], {
      environment: wrong,
    })
    await expect(run(NOWHERE, ['status'], { environment: wrong })).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(
        'No admin API can be reached at http://127.0.0.1:1',
      ) as string,
    })
  })

  it('is said by a file with the token', async () => {
    await using world = await openWorld()
    await inDirectory(async (directory) => {
      const file = join(directory, 'token')
      await writeFile(file, `${READ_TOKEN}\n`)
      await run(NOWHERE, ['status', '--url', world.url, '--token-file', file])
      const environment = { GODWIT_ADMIN_URL: world.url, GODWIT_ADMIN_TOKEN_FILE: file }
      await run(NOWHERE, ['status'], { environment })
      await writeFile(file, `${READ_TOKEN}\n${WRITE_TOKEN}`)
      await expect(run(NOWHERE, ['status'], { environment })).rejects.toThrow(
        'has more than a token in it',
      )
      await writeFile(file, '')
      await expect(run(NOWHERE, ['status'], { environment })).rejects.toThrow('is empty')
      await rm(file)
      await expect(run(NOWHERE, ['status'], { environment })).rejects.toThrow('cannot be read')
    })
  })

  it('is told to whoever forgot it', async () => {
    await using world = await openWorld()
    await expect(
      run(NOWHERE, ['status'], { environment: { GODWIT_ADMIN_URL: world.url } }),
    ).rejects.toThrow(
      `${world.url} wants a token, and none was given (--token-file, GODWIT_ADMIN_TOKEN_FILE and ` +
        'GODWIT_ADMIN_TOKEN say which)',
    )
  })

  it.each([
    [['clients', 'kill']],
    [['explain', 'c']],
    [['bans', 'add', 'planet', 'x']],
    [['nope']],
  ])('is not asked for %j', async (args) => {
    await expect(run(NOWHERE, args)).rejects.toBeInstanceOf(CommanderError)
  })
})

describe('text of clients', () => {
  const nasty = 'a\u001b]0;pwned\u0007\u202egnp\r\nb\u0085\u009b31m'

  it.each([
    [['clients']],
    [['sessions']],
    [['clients', '--json']],
    [['clients', 'show', nasty]],
    [['session', 'show', nasty].with(0, 'sessions')],
    [['subscriptions']],
    [['clients', 'disconnect', nasty]],
    [['sessions', 'delete', nasty]],
    [['explain', nasty, nasty]],
    [['trace', 'client', nasty]],
  ])('does nothing to the terminal of %j', async (args) => {
    await using world = await openWorld({ backend: wholeProgram() })
    const filter = 'x/\u202e\u0085'
    world.connect(nasty, { username: nasty }).send(subscribe(filter))
    const { out } = await run(world, args)
    expect(out).not.toBe('')
    expect(unsafeIn(out)).toEqual([])
  })

  it('does nothing to the terminal of an error', async () => {
    await using world = await openWorld()
    const failure = await run(world, ['subscriptions', '--topic', `${nasty}#`]).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(AdminCommandFailure)
    expect(unsafeIn((failure as AdminCommandFailure).message)).toEqual([])
  })

  it('is safe whatever it is, and JSON of it is the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unsafeIn(visible(text))).toEqual([])
        const json = visibleJson(JSON.stringify(text))
        expect(unsafeIn(json)).toEqual([])
        expect(JSON.parse(json)).toBe(text)
      }),
    )
  })
})

interface Outcome {
  readonly out: string
  readonly notes: string
  readonly exitCode: number
}

const NOWHERE = { url: undefined }

/** Runs a command line. */
async function run(
  { url }: Pick<World, 'url'> | typeof NOWHERE,
  args: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<Outcome> {
  let out = ''
  let notes = ''
  let exitCode = 0
  const environment =
    url === undefined ? {} : { GODWIT_ADMIN_URL: url, GODWIT_ADMIN_TOKEN: WRITE_TOKEN }
  const admin = adminCommand({
    print: (text) => (out += text),
    note: (text) => (notes += text),
    isTerminal: false,
    columns: 80,
    environment,
    readInput: () => Promise.resolve(new Uint8Array()),
    fetch,
    setExitCode: (code) => (exitCode = code),
    ...surroundings,
  })
  quieten(admin)
  await admin.parseAsync(args, { from: 'user' })
  return { out, notes, exitCode }
}

function quieten(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  for (const each of command.commands) quieten(each)
}

function linesOf(out: string): readonly unknown[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Every character but a line feed that a terminal would act upon. */
function unsafeIn(text: string): readonly string[] {
  return text.match(UNSAFE) ?? []
}

/** Controls, formats, halves of characters, and separators of lines. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\u200b\ufeff]/gu

function addressIn(world: World): string {
  const { items } = world.broker.inspection.clients()
  return items[0]?.client.remoteAddress ?? ''
}

async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-admin-'))
  try {
    await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}
