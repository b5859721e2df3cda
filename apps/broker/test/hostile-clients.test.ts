/** Clients that break the protocol, or do not read: they harm their own connection only. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { encode, ReasonCode } from '@godwit/codec'
import { Exchange } from './exchange.ts'
import { connectPacket, publishPacket, RawClient } from './raw-client.ts'
import { startBroker } from './running-broker.ts'
import type { RunningBroker } from './running-broker.ts'

vi.setConfig({ testTimeout: 30_000 })

const LINUX = process.platform === 'linux'

let broker: RunningBroker
let good: Exchange

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  good = await Exchange.of(broker.port)
})

afterAll(async () => {
  good?.[Symbol.dispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe('bytes that are no MQTT close that connection, and no other', () => {
  it.each<[name: string, bytes: Uint8Array | string]>([
    ['an HTTP request', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a TLS ClientHello', Buffer.from('16030100a50100009e0303', 'hex')],
    ['an SSH greeting', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a Redis command', '*1\r\n$4\r\nPING\r\n'],
    ['zeros', new Uint8Array(4096)],
    ['ones', new Uint8Array(4096).fill(0xff)],
    ['random bytes', noise(64 * 1024)],
    ['a Remaining Length without end', Buffer.from('10ffffffffff', 'hex')],
    ['a CONNECT of 256 MiB', Buffer.from('10ffffff7f00044d515454', 'hex')],
    ['a CONNECT of no MQTT', Buffer.from('101000044d5154580502003c000003616263', 'hex')],
    ['a PUBLISH before CONNECT', encode(publishPacket('t', noise(8)), 5)],
    ['a PINGREQ before CONNECT', Buffer.from('c000', 'hex')],
  ])('%s', async (_, bytes) => {
    using client = await RawClient.open(broker.port)
    client.socket.write(bytes)
    await Promise.all([client.closed, good.exchange()])
    expect(client.received.filter(({ type }) => type !== 'connack')).toEqual([])
  })
})

describe('a connected client that breaks the protocol is told how [MQTT-4.13.1-1]', () => {
  it.each<[name: string, bytes: Uint8Array, reasonCode: ReasonCode]>([
    ['Packet Type 0', Buffer.from('0000', 'hex'), ReasonCode.MalformedPacket],
    [
      'DISCONNECT with flags [MQTT-3.14.1-1]',
      Buffer.from('e100', 'hex'),
      ReasonCode.MalformedPacket,
    ],
    ['Topic Name not UTF-8', Buffer.from('30040001c000', 'hex'), ReasonCode.MalformedPacket],
    ['second CONNECT [MQTT-3.1.0-2]', encode(connectPacket(), 5), ReasonCode.ProtocolError],
    ['packet of a server', encode({ type: 'pingresp' }, 5), ReasonCode.ProtocolError],
    ['packet of 256 MiB', Buffer.from('30ffffff7f', 'hex'), ReasonCode.PacketTooLarge],
    [
      'PUBLISH of QoS 3 [MQTT-3.3.1-4]',
      Buffer.from('3606000174000100', 'hex'),
      ReasonCode.MalformedPacket,
    ],
    [
      'PUBLISH of QoS 1 with Packet Identifier 0 [MQTT-2.2.1-3]',
      Buffer.from('3206000174000000', 'hex'),
      ReasonCode.MalformedPacket,
    ],
    [
      'PUBLISH with an unknown Topic Alias',
      encode({ ...publishPacket('', noise(8)), properties: { topicAlias: 1 } }, 5),
      ReasonCode.ProtocolError,
    ],
    [
      'PUBLISH with a Topic Alias above the Topic Alias Maximum [MQTT-3.2.2-17]',
      encode({ ...publishPacket('t', noise(8)), properties: { topicAlias: 33 } }, 5),
      ReasonCode.TopicAliasInvalid,
    ],
  ])('%s', async (_, bytes, reasonCode) => {
    using client = await RawClient.connected(broker.port)
    client.socket.write(bytes)
    expect(await client.packet('disconnect')).toMatchObject({ reasonCode })
    await Promise.all([client.closed, good.exchange()])
  })
})

describe('over WebSocket', () => {
  it('a text frame closes its connection with 1003, and no other [MQTT-6.0.0-1]', async () => {
    const socket = await openWebSocket()
    socket.send('hello')
    expect(await closeOf(socket)).toMatchObject({ code: 1003 })
    await good.exchange()
  })

  it('bytes that are no MQTT close their connection, and no other', async () => {
    const socket = await openWebSocket()
    socket.send(noise(64 * 1024))
    expect(await closeOf(socket)).toMatchObject({ code: 1000, wasClean: true })
    await good.exchange()
  })

  it.each<[name: string, bytes: Uint8Array | string]>([
    ['bytes that are no HTTP', noise(64 * 1024)],
    ['a request for a page', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['MQTT without WebSocket', encode(connectPacket(), 5)],
  ])('%s close their connection, and no other', async (_, bytes) => {
    using client = await RawClient.open(Number(new URL(broker.wsUrl).port))
    client.socket.removeAllListeners('data').resume().write(bytes)
    await Promise.all([client.closed, good.exchange()])
    expect(broker.program.stderr).toBe('')
  })
})

describe('hundreds of such clients', () => {
  it.skipIf(!LINUX)('leave no descriptor behind (Linux)', async () => {
    const before = descriptors(broker.program.pid)
    for (let i = 0; i < 300; i++) {
      using client = await RawClient.open(broker.port)
      client.socket.write('HELO there\r\n')
      await client.closed
    }
    await good.exchange()
    expect(descriptors(broker.program.pid)).toBeLessThan(before + 10)
  })
})

describe('a subscriber that has stopped reading', () => {
  it.skipIf(!LINUX)(
    'holds nobody up, is dropped for, and costs no more memory than its bound (Linux)',
    async () => {
      using frozen = await RawClient.connected(broker.port, { clientId: 'frozen' })
      await frozen.subscribe('flood')
      frozen.socket.pause()
      using healthy = await RawClient.connected(broker.port, { clientId: 'healthy' })
      await healthy.subscribe('flood')
      using publisher = await RawClient.connected(broker.port)

      await flood(publisher, healthy, 16 * KIB) // fills every buffer there is
      const before = residentBytes(broker.program.pid)
      await flood(publisher, healthy, 200_000)
      const after = residentBytes(broker.program.pid)

      expect(after - before).toBeLessThan(64 * MIB)
      const log = broker.program.stderr
      expect(log).toMatch(/"clientId":"frozen".*"reason":"slow-receiver","msg":"messages dropped"/)
      expect(log).not.toContain('healthy')
      await good.exchange()
    },
  )
})

describe('after all that', () => {
  it('the broker lives, has found no fault with itself, and ends in order', async () => {
    await good.exchange()
    broker.program.signal('SIGTERM')
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
    expect(broker.program.stderr).not.toContain('"level":"error"')
  })
})

const KIB = 1024
const MIB = 1024 * KIB

/** Publishes so many messages of 1 KiB, never more at once than the one who reads has room for. */
async function flood(publisher: RawClient, reader: RawClient, count: number): Promise<void> {
  const message = encode(publishPacket('flood', new Uint8Array(KIB)), 5)
  const volley = Buffer.concat(Array<Uint8Array>(512).fill(message))
  for (let left = count; left > 0; left -= 512) {
    const bytes = volley.subarray(0, Math.min(left, 512) * message.length)
    const wanted = reader.bytes + bytes.length
    publisher.socket.write(bytes)
    await reader.until(() => reader.bytes >= wanted)
    reader.received.length = 0
  }
}

/** The memory that a process has, as Linux tells it. */
function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kib) * 1024
}

/** How many files and sockets a process has open, as Linux tells it. */
function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Bytes without meaning, the same in every run. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = 0x2545_f491
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}

async function openWebSocket(): Promise<WebSocket> {
  const socket = new WebSocket(broker.wsUrl, 'mqtt')
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return socket
}

function closeOf(socket: WebSocket): Promise<CloseEvent> {
  return new Promise((resolve) => socket.addEventListener('close', resolve))
}
