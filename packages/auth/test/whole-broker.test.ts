/** The guards in a broker, over a network in memory with virtual time. */
import { Broker } from '@godwit/broker'
import { Decoder, encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { ClaimsAuthorizer, guardsOf } from '../src/index.ts'
import type { Access } from '../src/index.ts'
import { CLAIMS, jwtOf, tokenOf } from './tokens.ts'

const ACL = { pub: ['lamps/%c'], sub: ['news/#'] }
const ACCESS: Access = {
  authenticators: [jwtOf()],
  anonymous: false,
  authorizers: [new ClaimsAuthorizer()],
}

describe('a client with a token, in a broker', () => {
  it('may do what the token says, until it expires', async () => {
    const world = await openWorld()
    const client = await world.client(tokenOf({ ...CLAIMS, acl: ACL }))
    const message = { type: 'publish', qos: 1, dup: false, retain: false } as const
    const payload = new Uint8Array()
    client.send({ ...message, packetId: 1, topic: 'lamps/lamp', payload })
    client.send({ ...message, packetId: 2, topic: 'lamps/door', payload })
    await client.heard('puback 2 87')
    client.send(subscribeTo(3, 'news/today', '#', 'lamps/lamp'))
    await client.heard('suback 3 0 0 87')
    expect(client.packets).toEqual(['connack 0', 'puback 1 10', 'puback 2 87', 'suback 3 0 0 87'])
    world.clock.advance(59_000)
    expect(client.packets).toHaveLength(4)
    world.clock.advance(2000)
    expect(client.packets.at(-1)).toBe('disconnect 87')
  })

  it('gets of what it has subscribed to only what it may read', async () => {
    const world = await openWorld()
    const client = await world.client(tokenOf({ ...CLAIMS, acl: ACL }))
    client.send(subscribeTo(1, '#'))
    await client.heard('suback 1 0')
    world.broker.publish({ topic: 'secret', payload: Buffer.from('x') })
    world.broker.publish({ topic: 'news/today', payload: Buffer.from('x') })
    await client.heard('publish news/today')
    expect(client.packets).toEqual(['connack 0', 'suback 1 0', 'publish news/today'])
  })

  it('stays after a reload that still knows it, and leaves after another', async () => {
    const world = await openWorld()
    const client = await world.client(tokenOf())
    world.access = { ...ACCESS, authenticators: [jwtOf()] }
    await world.reviewed()
    expect(client.packets).toEqual(['connack 0'])
    world.access = { ...ACCESS, authenticators: [jwtOf({ audience: ['mqtt'] })] }
    await world.reviewed()
    expect(client.packets).toEqual(['connack 0', 'disconnect 87'])
  })
})

/** A client that notes what it hears. */
class Peer {
  readonly packets: string[] = []
  readonly send: (packet: Packet) => void
  readonly #clock: VirtualClock

  constructor(listener: MemoryListener, clock: VirtualClock) {
    const transport = listener.dial()
    const decoder = new Decoder({ version: 5 })
    this.#clock = clock
    this.send = (packet) => transport.write([encode(packet, 5)])
    transport.onClose = () => {}
    transport.onData = (chunk) => {
      decoder.push(chunk)
      for (let packet; (packet = decoder.next()) !== undefined;) this.packets.push(inWords(packet))
    }
  }

  /** Waits until it has heard this: tokens are verified on other threads. */
  async heard(words: string): Promise<void> {
    while (!this.packets.includes(words)) {
      this.#clock.settle()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

async function openWorld() {
  const clock = new VirtualClock()
  const listener = new MemoryListener(clock)
  const world = { access: ACCESS }
  const broker = new Broker({ listeners: [listener], clock, guards: guardsOf(() => world.access) })
  await broker.start()
  return Object.assign(world, {
    broker,
    clock,
    client: async (token: string): Promise<Peer> => {
      const peer = new Peer(listener, clock)
      const connect = { type: 'connect', version: 5, clientId: 'lamp', cleanStart: true } as const
      peer.send({ ...connect, keepAlive: 0, password: Buffer.from(token) })
      await peer.heard('connack 0')
      return peer
    },
    reviewed: async (): Promise<void> => {
      const done = broker.rightsChanged()
      clock.settle()
      await done
      clock.settle()
    },
  })
}

function subscribeTo(packetId: number, ...filters: readonly string[]): Packet {
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  return {
    type: 'subscribe',
    packetId,
    subscriptions: filters.map((filter) => ({ filter, ...options })),
  }
}

function inWords(packet: Packet | { readonly type: 'publish'; readonly topic: string }): string {
  if ('reasonCodes' in packet) return `suback ${packet.packetId} ${hex(...packet.reasonCodes)}`
  if (packet.type === 'publish') return `publish ${packet.topic}`
  const id = 'packetId' in packet ? ` ${packet.packetId}` : ''
  return `${packet.type}${id} ${hex('reasonCode' in packet ? packet.reasonCode : 0)}`
}

function hex(...codes: readonly number[]): string {
  return codes.map((code) => code.toString(16)).join(' ')
}
