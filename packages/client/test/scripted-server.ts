// A server for the client's tests that says exactly what it is told to, right or wrong. It reads
// and writes packets and knows nothing of MQTT's rules; unless told otherwise it answers as a
// friendly server would, so that a test speaks only of what it is about:
//
//     const clock = new VirtualClock()
//     const server = new ScriptedServer(clock, { connack: { properties: { receiveMaximum: 1 } } })
//     const client = open('mqtt://server', { clock, dial: server.dial })
//     await clock.settled()
//     server.silence('publish')                  // no PUBACK from here on
//     void client.publish('a', '1', { qos: 1 })
//     await clock.settled()
//     expect(server.take()).toMatchObject([{ type: 'publish', topic: 'a' }])
//     server.send(ack('puback', 1))              // or server.sendBytes('40020001')
//     server.cut()                               // the client dials again in its own time
//
// The packets are in server-packets.ts. Nothing happens inside a call: `await clock.settled()`
// moves bytes and promises.

import { Decoder, encode, ReasonCode } from '@godwit/codec'
import type { ConnackPacket, ConnectPacket, Packet, ProtocolVersion } from '@godwit/codec'
import { bytesOf, plainPacket } from '@godwit/codec/testing'
import { memoryPair } from '@godwit/transport/testing'
import type { MemoryOptions, MemoryTransport, VirtualClock } from '@godwit/transport/testing'
import type { Dial } from '../src/dialing.ts'
import { ack, connack, suback, unsuback } from './server-packets.ts'
import type { PacketOf } from './server-packets.ts'

/** What the server says to a packet: nothing, one packet, or several in one segment. */
export type Answer<T extends Packet['type']> = (
  packet: PacketOf<T>,
  connection: ScriptedConnection,
) => Said

/** A handler that sends for itself, or not at all, need not return anything. */
type Said = Packet | readonly Packet[] | undefined | void

/** How a server begins; all of it can be changed later. */
export interface Script {
  /** Of the CONNACK that lets clients in. */
  readonly connack?: Partial<ConnackPacket>
  /** Types of packets that are not answered. */
  readonly silent?: readonly Packet['type'][]
  /** Of every connection: how writes are cut, when the client's transport is full, and so on. */
  readonly memory?: MemoryOptions
}

/** Takes the connections of one client, one after another or side by side. */
export class ScriptedServer {
  /** Every connection that was accepted, the oldest first. */
  readonly connections: ScriptedConnection[] = []
  /** Every address that was dialed, refused or not. */
  readonly dialed: string[] = []
  /** Of the CONNACK that the next connections get. */
  connack: Partial<ConnackPacket>
  /** Of the next connections. */
  memory: MemoryOptions
  readonly #clock: VirtualClock
  readonly #answers = new Map<Packet['type'], AnyAnswer>()
  #dialing: Error | 'accept' | 'never' = 'accept'

  constructor(clock: VirtualClock, script: Script = {}) {
    this.#clock = clock
    this.connack = script.connack ?? {}
    this.memory = script.memory ?? {}
    this.silence(...(script.silent ?? []))
  }

  /** For `ConnectOptions.dial`. A property, for it is passed on its own. */
  readonly dial: Dial = async (url, { signal }) => {
    signal.throwIfAborted()
    this.dialed.push(url.href)
    if (this.#dialing instanceof Error) throw this.#dialing
    if (this.#dialing === 'never') return aborted(signal)
    const [near, far] = memoryPair(this.#clock, this.memory)
    this.connections.push(new ScriptedConnection(this, far, url))
    return near
  }

  /** Refuses to be dialed from now on. */
  refuseDials(error: Error = new Error('connect ECONNREFUSED')): void {
    this.#dialing = error
  }

  /** Neither accepts nor refuses a dial from now on: it lasts until the client gives up. */
  ignoreDials(): void {
    this.#dialing = 'never'
  }

  /** Accepts dials again. */
  acceptDials(): void {
    this.#dialing = 'accept'
  }

  /** Answers packets of a type in this way from now on. */
  answer<T extends Packet['type']>(type: T, answer: Answer<T>): void {
    this.#answers.set(type, answer)
  }

  /** Takes packets of these types without a word from now on. */
  silence(...types: readonly Packet['type'][]): void {
    for (const type of types) this.answer(type, () => undefined)
  }

  /** Answers packets of these types in the friendly way again. */
  befriend(...types: readonly Packet['type'][]): void {
    for (const type of types) this.#answers.delete(type)
  }

  /** What there is to say to a packet. */
  answerTo(packet: Packet, connection: ScriptedConnection): Said {
    const answer = this.#answers.get(packet.type)
    // The key says which packets the function takes, which the type of the map cannot.
    return answer ? answer(packet as never, connection) : friendly(packet, connection, this.connack)
  }

  /** The latest connection. @throws Error if there is none. */
  get latest(): ScriptedConnection {
    const connection = this.connections.at(-1)
    if (connection === undefined) throw new Error('No client has dialed: settle the clock first')
    return connection
  }

  /** What came over the latest connection since it was asked last. */
  take(): readonly Packet[] {
    return this.latest.take()
  }

  /** All packets of a type that came over the latest connection. */
  received<T extends Packet['type']>(type: T): readonly PacketOf<T>[] {
    return this.latest.received(type)
  }

  /** Sends packets over the latest connection, in one segment. */
  send(...packets: readonly Packet[]): void {
    this.latest.send(...packets)
  }

  /** Sends bytes over the latest connection, in one segment, hexadecimal or as they are. */
  sendBytes(...pieces: readonly (string | Uint8Array)[]): void {
    this.latest.sendBytes(...pieces)
  }

  /** Pulls the cable of the latest connection. */
  cut(error?: Error): void {
    this.latest.cut(error)
  }

  /** Stops reading from the latest connection, as a program that hangs does. */
  freeze(): void {
    this.latest.freeze()
  }

  /** Reads on. */
  thaw(): void {
    this.latest.thaw()
  }
}

/** The server's end of one connection. */
export class ScriptedConnection {
  readonly url: URL
  /** Of the CONNECT that came; 5 before. */
  version: ProtocolVersion = 5
  /** The CONNECT, once it came. */
  connect: ConnectPacket | undefined
  /** Everything that came, in order. */
  readonly packets: Packet[] = []
  /** How it ended, if it has. */
  closed: 'in order' | Error | undefined
  readonly #server: ScriptedServer
  readonly #transport: MemoryTransport
  readonly #decoder = new Decoder()
  #taken = 0

  constructor(server: ScriptedServer, transport: MemoryTransport, url: URL) {
    this.#server = server
    this.#transport = transport
    this.url = url
    transport.onClose = (error) => (this.closed = error ?? 'in order')
    transport.onData = (chunk) => this.#read(chunk)
  }

  /** What came since it was asked last. */
  take(): readonly Packet[] {
    const from = this.#taken
    this.#taken = this.packets.length
    return this.packets.slice(from)
  }

  /** All packets of a type that came. */
  received<T extends Packet['type']>(type: T): readonly PacketOf<T>[] {
    return this.packets.filter((packet) => isOfType(packet, type))
  }

  /** Sends packets in one segment. */
  send(...packets: readonly Packet[]): void {
    this.#transport.write(packets.map((packet) => encode(packet, this.version)))
  }

  /** Sends bytes in one segment, hexadecimal or as they are. */
  sendBytes(...pieces: readonly (string | Uint8Array)[]): void {
    this.#transport.write(
      pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : piece)),
    )
  }

  /** Ends the connection in order, behind what was sent. */
  close(): void {
    this.#transport.close()
  }

  /** Pulls the cable: what is under way is lost, and both ends see the error. */
  cut(error?: Error): void {
    this.#transport.cut(error)
  }

  /** Stops reading, as a program that hangs does; what the client writes piles up there. */
  freeze(): void {
    this.#transport.freeze()
  }

  /** Reads on. */
  thaw(): void {
    this.#transport.thaw()
  }

  /** Bytes that were sent and that the client has not taken. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  #read(chunk: Uint8Array): void {
    this.#decoder.push(chunk)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) {
      this.#take(plainPacket(packet))
    }
  }

  #take(packet: Packet): void {
    if (packet.type === 'connect') {
      this.connect = packet
      this.version = packet.version
    }
    this.packets.push(packet)
    const answer = this.#server.answerTo(packet, this)
    if (typeof answer === 'object') this.send(...(isList(answer) ? answer : [answer]))
  }
}

/** Of the packets of one type: which one, its key in the map says. */
type AnyAnswer = (packet: never, connection: ScriptedConnection) => Said

/** Lets in, grants everything, acknowledges everything, answers every ping. */
function friendly(
  packet: Packet,
  { version }: ScriptedConnection,
  fields: Partial<ConnackPacket>,
): Packet | undefined {
  switch (packet.type) {
    case 'connect':
      return connack(fields)
    case 'publish':
      if (packet.qos === 0) return undefined
      return ack(packet.qos === 1 ? 'puback' : 'pubrec', packet.packetId)
    case 'pubrec':
      return packet.reasonCode < 0x80 ? ack('pubrel', packet.packetId) : undefined
    case 'pubrel':
      return ack('pubcomp', packet.packetId)
    case 'subscribe':
      return suback(packet.packetId, ...packet.subscriptions.map(({ qos }) => qos))
    case 'unsubscribe':
      return version === 5
        ? unsuback(packet.packetId, ...packet.filters.map(() => ReasonCode.Success))
        : unsuback(packet.packetId)
    case 'pingreq':
      return { type: 'pingresp' }
    case 'auth':
    case 'connack':
    case 'disconnect':
    case 'pingresp':
    case 'puback':
    case 'pubcomp':
    case 'suback':
    case 'unsuback':
    default:
      return undefined
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function isOfType<T extends Packet['type']>(
  packet: Packet,
  type: T,
): packet is PacketOf<T> & Packet {
  return packet.type === type
}

function isList(answer: Packet | readonly Packet[]): answer is readonly Packet[] {
  return Array.isArray(answer)
}
