/** The load of our own: sessions that come back, before a server that does as it is told. */
import { Decoder, encode } from '@godwit/codec'
import type { DecodedPacket, Packet } from '@godwit/codec'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Link } from '../src/store/link.ts'
import {
  inParallel,
  makeSessions,
  payloadOf,
  serialOf,
  visitSessions,
} from '../src/store/offline-sessions.ts'

describe('serialOf', () => {
  it('reads what payloadOf has written, and what mqtt-load writes', () => {
    expect(payloadOf(70_000)).toHaveLength(64)
    expect(serialOf(payloadOf(70_000))).toBe(70_000)
    const ofMqttLoad = Uint8Array.of(9, 9, 9, 9, 2, 1, 0, 0, 9, 9)
    expect(serialOf(ofMqttLoad)).toBe(258)
  })
})

describe('inParallel', () => {
  it('does everything once, a bounded number at a time', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await inParallel(1_000, async (index) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      done.push(index)
    })
    expect(new Set(done).size).toBe(1_000)
    expect(done).toHaveLength(1_000)
    expect(most).toBe(200)
  })
})

describe('makeSessions', () => {
  it('subscribes each with a session that stays, and takes its leave', async () => {
    await using server = await FakeBroker.start(() => [])
    const filterOf = (index: number): string => `for/${index}`
    await makeSessions({ port: server.port, count: 3 }, filterOf)
    const heard = server.heard.map((packet) => {
      if (packet.type === 'connect') return `connect ${packet.clientId} ${packet.cleanStart}`
      if (packet.type === 'subscribe') return `subscribe ${packet.subscriptions[0]?.filter}`
      return packet.type
    })
    expect(heard.toSorted()).toEqual([
      'connect offline-0 false',
      'connect offline-1 false',
      'connect offline-2 false',
      'disconnect',
      'disconnect',
      'disconnect',
      'subscribe for/0',
      'subscribe for/1',
      'subscribe for/2',
    ])
  })
})

describe('visitSessions', () => {
  it('counts what is new, what comes twice, and who is not known, and acknowledges all', async () => {
    const queued = new Map([
      ['offline-0', [1, 2]],
      ['offline-1', [1, 1, 2]],
    ])
    await using server = await FakeBroker.start((clientId) => queued.get(clientId))
    const visit = { expected: 2, lingerMs: 0 }
    const welcome = await visitSessions({ port: server.port, count: 2 }, visit)
    expect(welcome).toMatchObject({ absent: 0, received: 4, duplicated: 1 })
    expect(server.heard.filter(({ type }) => type === 'puback')).toHaveLength(5)

    const strangers = await visitSessions(
      { port: server.port, count: 3 },
      { expected: 0, lingerMs: 0 },
    )
    expect(strangers).toMatchObject({ absent: 1 })
  })
})

describe('Link', () => {
  it('fails when the broker refuses it, or goes away', async () => {
    await using server = await FakeBroker.start(() => 'refuse')
    const options = { port: server.port, clientId: 'somebody', clean: true }
    await expect(Link.open(options)).rejects.toThrow(
      'The broker refused somebody with Reason Code 135',
    )
    await using rude = await FakeBroker.start(() => 'close')
    await expect(Link.open({ ...options, port: rude.port })).rejects.toThrow(/closed/)
  })
})

/** The serials that wait for a client, none if it is not known, or what it is done to it. */
type Script = (clientId: string) => readonly number[] | 'refuse' | 'close' | undefined

class FakeBroker implements AsyncDisposable {
  readonly heard: DecodedPacket[] = []
  readonly #server: Server
  readonly #script: Script

  private constructor(script: Script) {
    this.#script = script
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(script: Script): Promise<FakeBroker> {
    const broker = new FakeBroker(script)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    const decoder = new Decoder()
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      decoder.push(chunk)
      for (let packet; (packet = decoder.next()) !== undefined;) {
        this.heard.push(packet)
        this.#answer(socket, packet)
      }
    })
  }

  #answer(socket: Socket, packet: DecodedPacket): void {
    const say = (...packets: readonly Packet[]): void => {
      socket.write(Buffer.concat(packets.map((one) => encode(one, 4))))
    }
    if (packet.type === 'subscribe') {
      say({ type: 'suback', packetId: packet.packetId, reasonCodes: [1] })
    } else if (packet.type === 'disconnect') {
      socket.end()
    } else if (packet.type === 'connect') {
      const waiting = this.#script(packet.clientId)
      if (waiting === 'close') socket.destroy()
      else if (waiting === 'refuse') {
        say({ type: 'connack', sessionPresent: false, reasonCode: 0x87 })
      } else say(connackOf(waiting), ...(waiting ?? []).map(publishOf))
    }
  }
}

function connackOf(waiting: readonly number[] | undefined): Packet {
  return { type: 'connack', sessionPresent: waiting !== undefined, reasonCode: 0 }
}

function publishOf(serial: number, index: number): Packet {
  const payload = payloadOf(serial)
  const flags = { qos: 1, retain: false, dup: false } as const
  return { type: 'publish', topic: 'a', payload, packetId: index + 1, ...flags }
}
