/** A configuration that changes under a broker that runs: who keeps the right to stay, stays. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect as connectTls } from 'node:tls'
import { formatPasswordHash, hashPassword } from '@godwit/auth'
import { ReasonCode } from '@godwit/codec'
import { CertificateAuthority } from '@godwit/transport/testing'
import { describe, expect, it, vi } from 'vitest'
import type { Program } from '../program.ts'
import { connectPacket, publishPacket, RawClient } from '../raw-client.ts'
import { godwit } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('a reload', () => {
  it('loses nobody and nothing under load, but those who lost their right', async () => {
    await using world = await running({ acl: EVERYTHING })
    const { port, program, write } = world
    using receiver = await world.client('ada')
    await receiver.subscribe('load/#')
    using publisher = await world.client('eve')
    using leaver = await world.client('bob')
    const sent = { count: 0, isOver: false }
    const load = publishing(publisher, sent)
    for (let round = 1; round <= 5; round++) {
      await write('acl', `${EVERYTHING}# round ${round}\n`)
      program.signal('SIGHUP')
      await program.until(`read it for the ${round}. time`, () => reloads(program)[round - 1])
    }
    await write('passwords', world.passwords.replace(/^bob:.*\n/m, ''))
    const { reasonCode } = await leaver.packet('disconnect')
    expect(reasonCode).toBe(ReasonCode.NotAuthorized)
    sent.isOver = true
    await load
    await receiver.until(() => messagesOf(receiver).length === sent.count)
    expect(new Set(messagesOf(receiver)).size).toBe(sent.count)
    expect(sent.count).toBeGreaterThan(100)
    using late = await RawClient.open(port)
    late.send(credentials('bob'))
    expect(await late.packet('connack')).toMatchObject({ reasonCode: 0x86 })
  })

  it('takes rights away from live subscriptions and retained messages', async () => {
    await using world = await running({ acl: EVERYTHING })
    using receiver = await world.client('bob')
    await receiver.subscribe('#', 1)
    using publisher = await world.client('ada')
    const say = async (topic: string, packetId: number): Promise<void> => {
      const fields = { qos: 1, packetId, retain: true } as const
      publisher.send(publishPacket(topic, Buffer.from(topic), fields))
      await publisher.until(() => acknowledged(publisher, packetId))
    }
    await say('secret/1', 1)
    await world.write('acl', 'user ada\ntopic readwrite #\nuser bob\ntopic read open/#\n')
    await world.program.until('read it', () => reloads(world.program)[0])
    await say('secret/2', 2)
    await say('open/1', 3)
    await receiver.until(() => messagesOf(receiver).includes('open/1'))
    expect(messagesOf(receiver)).toEqual(['secret/1', 'open/1'])
    using again = await world.client('bob')
    await again.subscribe('#', 1)
    await again.until(() => messagesOf(again).length > 0)
    expect(messagesOf(again)).toEqual(['open/1'])
  })

  it.each([
    ['acl', 'user bob\ntopic sometimes a\n', 'acl:2: '],
    ['acl', '', 'acl has no topic and no pattern line'],
    ['passwords', 'ada:secret\n', 'passwords:1: '],
    ['passwords', '', 'passwords has no user'],
    ['broker.yaml', 'listenrs: []\n', 'broker.yaml:1:1: listenrs'],
  ])('of %s that reads %j changes nothing, and says why', async (name, text, sentence) => {
    await using world = await running({ acl: EVERYTHING })
    using client = await world.client('bob')
    await world.write(name, text)
    await world.program.until('complain', () => complaints(world.program)[0])
    expect(complaints(world.program)[0]).toContain(sentence)
    await client.subscribe('a')
    using late = await world.client('ada')
    expect(late.received).toMatchObject([{ type: 'connack', reasonCode: 0 }])
  })

  it('opens what is new, shuts what is gone, and leaves the clients of both', async () => {
    await using world = await running({ acl: EVERYTHING })
    using client = await world.client('ada')
    const other = CONFIGURATION.replace('- name: one', '- name: two')
    await world.write('broker.yaml', other)
    await world.program.until('read it', () => reloads(world.program)[0])
    await client.subscribe('still/there')
    await expect(RawClient.open(world.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('keeps the old listeners if a new one cannot be opened', async () => {
    await using world = await running({ acl: EVERYTHING })
    const taken = `listeners:\n  - name: late\n    url: ws://127.0.0.1:${world.port}\n`
    await world.write('broker.yaml', CONFIGURATION.replace('listeners:\n', taken))
    await world.program.until('complain', () => complaints(world.program)[0])
    expect(complaints(world.program)[0]).toContain(`Port ${world.port} at 127.0.0.1 is in use`)
    using client = await world.client('ada')
    await client.subscribe('a')
  })
})

describe('certificates', () => {
  it('are swapped for new connections, and nobody is dropped; bad ones change nothing', async () => {
    const authority = await CertificateAuthority.create()
    const first = await authority.issue({ commonName: 'first' })
    const second = await authority.issue({ commonName: 'second' })
    await using directory = await temporaryDirectory()
    await writeFile(directory.at('crt'), first.certificate)
    await writeFile(directory.at('key'), first.key)
    const url = 'mqtts://127.0.0.1:0'
    const tls = { certificate: directory.at('crt'), key: directory.at('key') }
    const listeners = [{ name: 'tls', url, anonymous: true, tls }]
    await writeFile(directory.at('b.json'), JSON.stringify({ listeners, durability: 'memory' }))
    await using program = godwit('--config', directory.at('b.json'))
    const [, at = ''] = await program.printed(/^listening mqtts:\/\/127\.0\.0\.1:(\d+)$/m)
    const dial = (): Promise<Dialed> => dialed(Number(at), authority)
    const early = await dial()
    expect(early.name).toBe('first')
    await writeFile(directory.at('crt'), second.certificate)
    await program.until('complain of the key', () => complaints(program)[0])
    expect((await ended(dial())).name).toBe('first')
    await writeFile(directory.at('key'), second.key)
    await program.until('read them', () => reloads(program)[0])
    expect((await ended(dial())).name).toBe('second')
    expect(early.isOpen()).toBe(true)
    early.end()
  })
})

interface Dialed {
  /** The common name of the server's certificate. */
  readonly name: string
  readonly end: () => void
  readonly isOpen: () => boolean
}

async function dialed(port: number, authority: CertificateAuthority): Promise<Dialed> {
  const trust = { ca: authority.certificate, checkServerIdentity: () => undefined }
  const socket = connectTls({ port, host: '127.0.0.1', ...trust })
  await once(socket, 'secureConnect')
  const name = String(socket.getPeerCertificate().subject.CN)
  return { name, end: () => socket.destroy(), isOpen: () => !socket.destroyed }
}

async function ended(dialing: Promise<Dialed>): Promise<Dialed> {
  const one = await dialing
  one.end()
  return one
}

const EVERYTHING =
  'user ada\ntopic readwrite #\nuser bob\ntopic readwrite #\nuser eve\ntopic readwrite #\n'

const CONFIGURATION = `
listeners:
  - name: one
    url: mqtt://127.0.0.1:0
authentication:
  passwordFile: passwords
authorization:
  aclFile: acl
durability: memory
`

interface World extends AsyncDisposable {
  readonly program: Program
  readonly port: number
  /** The file with the passwords. */
  readonly passwords: string
  readonly write: (name: string, text: string) => Promise<void>
  readonly client: (user: string) => Promise<RawClient>
}

async function running({ acl }: { readonly acl: string }): Promise<World> {
  const directory = await temporaryDirectory()
  const write: World['write'] = (name, text) => writeFile(directory.at(name), text)
  await write('acl', acl)
  const lines = await passwords('ada', 'bob', 'eve')
  await write('passwords', lines)
  await write('broker.yaml', CONFIGURATION)
  const program = godwit('--config', directory.at('broker.yaml'))
  const [, port = ''] = await program.printed(/^listening mqtt:\/\/127\.0\.0\.1:(\d+)$/m)
  const client: World['client'] = async (user) => {
    const one = await RawClient.open(Number(port))
    one.send(credentials(user))
    await one.packet('connack')
    return one
  }
  const dispose = async (): Promise<void> => {
    await program[Symbol.asyncDispose]()
    await directory[Symbol.asyncDispose]()
  }
  const known = { program, port: Number(port), write, client, passwords: lines }
  return { ...known, [Symbol.asyncDispose]: dispose }
}

function credentials(user: string): ReturnType<typeof connectPacket> {
  return connectPacket({ username: user, password: Buffer.from(`password of ${user}`) })
}

async function passwords(...users: readonly string[]): Promise<string> {
  const lines = users.map(async (user) => {
    const method = { algorithm: 'pbkdf2-sha512', iterations: 1000 } as const
    const hash = await hashPassword(Buffer.from(`password of ${user}`), method)
    return `${user}:${formatPasswordHash(hash)}
`
  })
  return (await Promise.all(lines)).join('')
}

/** Publishes at QoS 1, one after the other is acknowledged, until it is over. */
async function publishing(
  client: RawClient,
  sent: { count: number; readonly isOver: boolean },
): Promise<void> {
  while (!sent.isOver) {
    const packetId = (sent.count % 60_000) + 1
    sent.count++
    const payload = Buffer.from(String(sent.count))
    client.send(publishPacket('load/x', payload, { qos: 1, packetId }))
    await client.until(() => acknowledged(client, packetId))
  }
}

function acknowledged(client: RawClient, packetId: number): boolean {
  return client.received.some((packet) => packet.type === 'puback' && packet.packetId === packetId)
}

function messagesOf(client: RawClient): readonly string[] {
  return client.received.flatMap((packet) =>
    packet.type === 'publish' ? [Buffer.from(packet.payload).toString()] : [],
  )
}

function linesOf(program: Program): readonly { msg: string; sentence?: string }[] {
  const lines = program.stderr.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as { msg: string; sentence?: string })
}

function reloads(program: Program): readonly string[] {
  return linesOf(program).flatMap(({ msg }) =>
    msg === 'the configuration was read again' ? [msg] : [],
  )
}

function complaints(program: Program): readonly string[] {
  return linesOf(program).flatMap(({ sentence }) => (sentence === undefined ? [] : [sentence]))
}
