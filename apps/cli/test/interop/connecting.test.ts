/** The flags of mosquitto's three programs for how to connect, in theirs and in ours. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { ConnectPacket } from '@godwit/codec'
import type { Program } from '../program/program.ts'
import { startServer, unix } from '../program/server.ts'
import type { Server } from '../program/server.ts'
import { absence, PUBLISHERS, REQUESTERS, skips, SUBSCRIBERS } from './peer-program.ts'
import type { PeerProgram } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** What each program needs beside what is tested, so that it begins to do something. */
const PROGRAMS: readonly (PeerProgram & { readonly needs: readonly string[] })[] = [
  ...PUBLISHERS.map((program) => ({ ...program, needs: ['-t', 'a', '-m', 'x'] })),
  ...SUBSCRIBERS.map((program) => ({ ...program, needs: ['-t', 'a', '-W', '20'] })),
  ...REQUESTERS.map((program) => ({ ...program, needs: ['-t', 'a', '-e', 'b', '-m', 'x'] })),
]

describe.each(PROGRAMS)('$name', (program) => {
  const skipped = skips(program.missing)
  const missing = absence(program.missing)

  function start({ port }: Server, ...args: readonly string[]): Program {
    const where = ['-h', '127.0.0.1', '-p', String(port)]
    return program.start(...where, ...program.needs, ...args).input()
  }

  /** The CONNECT that the program sends with some flags. */
  async function connectWith(...args: readonly string[]): Promise<ConnectPacket> {
    await using server = await startServer()
    await using _ = start(server, ...args)
    return await server.connect()
  }

  it.skipIf(skipped)(`-h and -p say where the server is${missing}`, async () => {
    expect(await connectWith()).toMatchObject({ type: 'connect', cleanStart: true, keepAlive: 60 })
  })

  it.skipIf(skipped)(`-i names the client${missing}`, async () => {
    expect(await connectWith('-i', 'kitchen lamp')).toMatchObject({ clientId: 'kitchen lamp' })
  })

  it.skipIf(skipped)(
    `-I begins the name of the client, and its process id ends it${missing}`,
    async () => {
      await using server = await startServer()
      await using running = start(server, '-I', 'lamp-')
      expect(await server.connect()).toMatchObject({ clientId: `lamp-${running.pid}` })
    },
  )

  it.skipIf(skipped)(`-k sets the Keep Alive${missing}`, async () => {
    expect(await connectWith('-k', '17')).toMatchObject({ keepAlive: 17 })
  })

  it.skipIf(skipped)(`-u and -P say who logs in${missing}`, async () => {
    const { username, password = '' } = await connectWith('-u', 'joe', '-P', '-secret')
    expect({ username, password: Buffer.from(password).toString() }).toEqual({
      username: 'joe',
      password: '-secret',
    })
  })

  it.skipIf(skipped)(
    `-c goes on with a session, which needs a name and lasts for ever${missing}`,
    async () => {
      const { cleanStart, clientId, properties } = await connectWith('-c', '-i', 'me', '-V', '5')
      expect({ cleanStart, clientId }).toEqual({ cleanStart: false, clientId: 'me' })
      expect(properties?.sessionExpiryInterval).toBe(0xffff_ffff)
    },
  )

  it.skipIf(skipped)(`-c without a name ends with exit code 1${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-c')
    expect((await running.outcome()).code).toBe(1)
    expect(server.packets).toEqual([])
  })

  it.skipIf(skipped).each([
    ['mqttv31', 3],
    ['mqttv311', 4],
    ['mqttv5', 5],
    ['31', 3],
    ['311', 4],
    ['5', 5],
  ])(`-V speaks the version of MQTT that it says: %s${missing}`, async (name, version) => {
    expect(await connectWith('-V', name)).toMatchObject({ version })
  })

  it.skipIf(skipped)(`-x sets the Session Expiry Interval${missing}`, async () => {
    const { properties } = await connectWith('-V', '5', '-x', '1000', '-i', 'me')
    expect(properties).toMatchObject({ sessionExpiryInterval: 1000 })
    const forever = await connectWith('-V', '5', '-x', '-1', '-i', 'me')
    expect(forever.properties).toMatchObject({ sessionExpiryInterval: 0xffff_ffff })
  })

  it.skipIf(skipped)(`-D connect sets the properties of CONNECT${missing}`, async () => {
    const properties = [
      ['maximum-packet-size', '100000'],
      ['receive-maximum', '7'],
      ['request-problem-information', '0'],
      ['request-response-information', '1'],
      ['session-expiry-interval', '12'],
      ['topic-alias-maximum', '5'],
      ['user-property', 'name', 'value'],
    ].flatMap((words) => ['-D', 'connect', ...words])
    const packet = await connectWith('-V', '5', ...properties)
    expect(packet.properties).toMatchObject({
      maximumPacketSize: 100_000,
      receiveMaximum: 7,
      requestProblemInformation: 0,
      requestResponseInformation: 1,
      sessionExpiryInterval: 12,
      topicAliasMaximum: 5,
      userProperty: [['name', 'value']],
    })
  })

  it.skipIf(skipped)(
    `-D connect authentication-method asks for enhanced authentication${missing}`,
    async () => {
      const method = ['-D', 'connect', 'authentication-method', 'TOKEN']
      const data = ['-D', 'connect', 'authentication-data', 'abc']
      const packet = await connectWith('-V', '5', ...method, ...data)
      expect(packet.properties).toMatchObject({
        authenticationMethod: 'TOKEN',
        authenticationData: new Uint8Array(Buffer.from('abc')),
      })
    },
  )

  it.skipIf(skipped)(`-D disconnect sets the properties of DISCONNECT${missing}`, async () => {
    await using server = await startServer()
    const property = ['-D', 'disconnect', 'user-property', 'why', 'done']
    const limit = program.name.includes('pub') ? [] : ['-W', '1']
    await using running = start(server, '-V', '5', ...property, ...limit)
    await running.outcome()
    const packet = await server.until('DISCONNECT', () =>
      server.packets.find(({ type }) => type === 'disconnect'),
    )
    expect(packet).toMatchObject({ properties: { userProperty: [['why', 'done']] } })
  })

  it.skipIf(skipped)(`--will-topic and its like leave a Will${missing}`, async () => {
    const bare = await connectWith('--will-topic', 'gone')
    expect(bare.will).toMatchObject({ topic: 'gone', qos: 0, retain: false })
    expect(bare.will?.payload).toHaveLength(0)
    const flags = ['--will-payload', 'bye', '--will-qos', '2', '--will-retain']
    const full = await connectWith('--will-topic', 'gone', ...flags)
    expect(full.will).toMatchObject({ topic: 'gone', qos: 2, retain: true })
    expect(Buffer.from(full.will!.payload).toString()).toBe('bye')
  })

  it.skipIf(skipped)(`-D will sets the properties of the Will${missing}`, async () => {
    const properties = [
      ['content-type', 'text/plain'],
      ['correlation-data', 'abc'],
      ['message-expiry-interval', '5'],
      ['payload-format-indicator', '1'],
      ['response-topic', 'r'],
      ['will-delay-interval', '3'],
      ['user-property', 'k', 'v'],
    ].flatMap((words) => ['-D', 'will', ...words])
    const { will } = await connectWith('-V', '5', '--will-topic', 'gone', ...properties)
    expect(will?.properties).toEqual({
      contentType: 'text/plain',
      correlationData: new Uint8Array(Buffer.from('abc')),
      messageExpiryInterval: 5,
      payloadFormatIndicator: 1,
      responseTopic: 'r',
      willDelayInterval: 3,
      userProperty: [['k', 'v']],
    })
  })

  it.skipIf(skipped)(`a Will without a topic ends with exit code 1${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '--will-payload', 'bye')
    expect((await running.outcome()).code).toBe(1)
  })

  it.skipIf(skipped)(`-A connects from the address that it says${missing}`, async () => {
    const addresses: string[] = []
    const observers = {
      connected: ({ remoteAddress }: { readonly remoteAddress: string }) =>
        void addresses.push(remoteAddress),
    }
    await using server = await startServer({ observers })
    await using _ = start(server, '-A', '127.0.0.3')
    await server.connect()
    await server.until('a connection', () => (addresses.length > 0 ? addresses : undefined))
    expect(addresses).toEqual(['127.0.0.3'])
  })

  it.skipIf(skipped)(`--unix connects to a socket of this machine${missing}`, async () => {
    const path = join(directory, `${program.name.replaceAll(' ', '-')}.sock`)
    await using server = await startServer({}, unix(path))
    await using _ = program.start('--unix', path, ...program.needs).input()
    expect(await server.connect()).toMatchObject({ type: 'connect' })
  })

  it.skipIf(skipped)(
    `--proxy goes by a SOCKS proxy, with a name and a password${missing}`,
    async () => {
      await using server = await startServer()
      await using proxy = await startProxy('joe', 'secret')
      const url = `socks5h://joe:secret@127.0.0.1:${proxy.port}`
      await using _ = start(server, '--proxy', url)
      expect(await server.connect()).toMatchObject({ type: 'connect' })
      expect(proxy.targets).toEqual([`127.0.0.1:${server.port}`])
    },
  )

  it.skipIf(skipped)(`--nodelay is taken${missing}`, async () => {
    expect(await connectWith('--nodelay')).toMatchObject({ type: 'connect' })
  })

  it.skipIf(skipped)(`-d tells of CONNECT and CONNACK${missing}`, async () => {
    await using server = await startServer()
    const limit = program.name.includes('pub') ? [] : ['-W', '1']
    await using running = start(server, '-d', ...limit)
    const { stdout, stderr } = await running.outcome()
    expect(stdout + stderr).toMatch(/CONNECT[^]*CONNACK/)
  })

  it.skipIf(skipped)(
    `--quiet tells nothing of what goes wrong in the run, but by the exit code${missing}`,
    async () => {
      const guards = { authenticate: () => 0x87 as const }
      await using server = await startServer({ guards })
      await using running = start(server, '--quiet', '-V', '5')
      expect(await running.outcome()).toEqual({ code: 0x87, signal: null, stdout: '', stderr: '' })
    },
  )

  it.skipIf(skipped)(
    `a client that is refused ends with the Reason Code as its exit code${missing}`,
    async () => {
      const guards = { authenticate: () => 0x86 as const }
      await using server = await startServer({ guards })
      await using running = start(server, '-V', '5')
      const { code, stderr } = await running.outcome()
      expect(code).toBe(0x86)
      expect(stderr.toLowerCase()).toContain('bad user name or password'.slice(0, 8))
    },
  )

  it.skipIf(skipped)(`a port where nobody listens ends with exit code 1${missing}`, async () => {
    const server = await startServer()
    const { port } = server
    await server[Symbol.asyncDispose]()
    await using running = program
      .start('-h', '127.0.0.1', '-p', String(port), ...program.needs)
      .input()
    const { code, stderr } = await running.outcome()
    expect(code).toBe(1)
    expect(stderr).toMatch(/refused/i)
  })

  it.skipIf(skipped)(`--help explains the flags${missing}`, async () => {
    await using running = program.start('--help').input()
    const { stdout, code } = await running.outcome()
    // Theirs ends with 1 though it did what was asked for.
    expect(code).toBe(program.name.startsWith('godwit') ? 0 : 1)
    expect(stdout).toMatch(/--will-topic/)
  })

  it.skipIf(skipped)(`an unknown flag ends with exit code 1${missing}`, async () => {
    await using running = program.start('--zeal').input()
    const { code, stderr } = await running.outcome()
    expect(code).toBe(1)
    expect(stderr).toContain("'--zeal'")
  })
})

interface SocksProxy extends AsyncDisposable {
  readonly port: number
  /** Whom it was asked to connect to. */
  readonly targets: readonly string[]
}

/** As much of a proxy of SOCKS 5 as it takes to be asked with a name and password. */
async function startProxy(username: string, password: string): Promise<SocksProxy> {
  const targets: string[] = []
  const sockets = new Set<Socket>()
  const server: NetServer = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    void forward(socket, `${username}:${password}`, targets)
  })
  await once(server.listen({ host: '127.0.0.1', port: 0 }), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    targets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Each side waits for the other's answer: what comes in one piece is one message. */
async function forward(socket: Socket, credentials: string, targets: string[]): Promise<void> {
  const read = async (): Promise<Buffer> => {
    const [chunk]: Buffer[] = await once(socket, 'data')
    return chunk!
  }
  await read()
  socket.write(Uint8Array.of(5, 2))
  const login = await read()
  const name = login.subarray(2, 2 + login[1]!)
  const given = `${name.toString()}:${login.subarray(3 + login[1]!).toString()}`
  socket.write(Uint8Array.of(1, given === credentials ? 0 : 1))
  const request = await read()
  const isName = request[3] === 3
  const address = isName ? request.subarray(5, -2) : request.subarray(4, -2)
  const host = isName ? address.toString() : [...address].join('.')
  const port = request.readUInt16BE(request.length - 2)
  targets.push(`${host}:${port}`)
  socket.pause()
  const upstream = connect({ host, port }).on('error', () => socket.destroy())
  await once(upstream, 'connect')
  socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0))
  socket.pipe(upstream).pipe(socket)
  socket.on('close', () => upstream.destroy())
}
