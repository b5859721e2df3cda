// A client's end and a server's end, joined by bytes that travel when they are told to and are lost
// when the connection is cut. Both have an owner who settles what was delivered late, in any order.

import { Decoder, encode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  AcknowledgementType,
  DecodedPacket,
  Packet,
  PacketIdentifier,
  PacketType,
  ProtocolVersion,
  PublishFrame,
  PublishPacket,
  QoS,
  ReasonCode,
} from '@godwit/codec'
import { ClientProtocol, ClientSession, Receiver, Sender, ServerProtocol } from '../src/index.ts'
import type { ClientEffect, ClientOutput, OutgoingMessage, ServerEffects } from '../src/index.ts'
import { CLIENT_LIMITS } from './client-protocol.ts'
import { at, LIMITS } from './protocol.ts'

/** What arrived at one end, by QoS, as the numbers that the messages were given. */
export type Arrivals = Readonly<Record<QoS, number[]>>

/** The terms on which the two talk: few exchanges at a time, and aliases both ways. */
const TERMS = { receiveMaximum: 3, inFlightMax: 3, inFlightMaxV3: 3, topicAliasMaximum: 2 }

/** Two ends of one session, over as many connections as it takes. */
export class JoinedEnds {
  readonly atServer: Arrivals = { 0: [], 1: [], 2: [] }
  readonly atClient: Arrivals = { 0: [], 1: [], 2: [] }
  /** The messages that the client was told are acknowledged. */
  readonly acknowledged: number[] = []
  readonly clientSession: ClientSession<OutgoingMessage> = new ClientSession<OutgoingMessage>()
  readonly serverSender: Sender<OutgoingMessage> = new Sender<OutgoingMessage>()
  readonly #serverReceiver = new Receiver()
  readonly #version: ProtocolVersion
  #client: ClientProtocol<OutgoingMessage>
  #server: ServerProtocol
  #toServer = new Pipe()
  #toClient = new Pipe()
  #connections = 0
  #published = 0
  readonly #clientBacklog: OutgoingMessage[] = []
  readonly #serverBacklog: OutgoingMessage[] = []
  readonly #unsettled: (() => void)[] = []

  constructor(version: ProtocolVersion) {
    this.#version = version
    this.#client = this.#newClient()
    this.#server = this.#newServer()
    this.connect()
  }

  /** A new connection, and as much of the talk as it takes for the client to be let in. */
  connect(): void {
    this.#client.lost('cut')
    this.#server.lost('cut')
    this.serverSender.suspend()
    this.#toServer = new Pipe(this.#version)
    this.#toClient = new Pipe(this.#version)
    this.#client = this.#newClient()
    this.#server = this.#newServer()
    const properties = { sessionExpiryInterval: 60 }
    const options = { version: this.#version, clientId: 'c', cleanStart: false, keepAlive: 0 }
    this.#carryOut(
      this.#client.connect(this.#version === 5 ? { ...options, properties } : options, at(0)),
    )
    this.#connections++
    this.carry('server', Infinity)
    this.carry('client', Infinity)
  }

  /** The owner of one end publishes; what there is no room for waits. */
  publish(from: 'client' | 'server', qos: QoS): number {
    const payload = Uint8Array.of(++this.#published)
    const topic = qos === 0 ? 'news/of/the/day' : `a/b/${qos}`
    const message = { topic, payload, qos, retain: false }
    if (from === 'client') this.#clientBacklog.push(message)
    else this.#serverBacklog.push(message)
    this.#publishBacklogs()
    return this.#published
  }

  /** So many of the bytes that are on their way to one end arrive. */
  carry(to: 'client' | 'server', bytes: number): void {
    const pipe = to === 'client' ? this.#toClient : this.#toServer
    for (const packet of pipe.carry(bytes)) {
      if (to === 'client') this.#clientReceives(packet)
      else this.#serverReceives(packet)
    }
    this.#publishBacklogs()
  }

  /** One of the messages that were delivered is settled. */
  settle(index: number): void {
    const [settle] = this.#unsettled.splice(index % Math.max(1, this.#unsettled.length), 1)
    settle?.()
  }

  /** All that is left to say is said. */
  finish(): void {
    while (this.#unsettled.length > 0 || this.#toServer.length + this.#toClient.length > 0) {
      this.settle(0)
      this.carry('server', Infinity)
      this.carry('client', Infinity)
    }
  }

  /** Whether an end still has something to say or to hear. */
  get isUnfinished(): boolean {
    const inFlight = this.clientSession.sender.inFlight + this.serverSender.inFlight
    return inFlight + this.#clientBacklog.length + this.#serverBacklog.length > 0
  }

  #newClient(): ClientProtocol<OutgoingMessage> {
    return new ClientProtocol(this.clientSession, { ...CLIENT_LIMITS, ...TERMS })
  }

  #newServer(): ServerProtocol {
    return new ServerProtocol({ ...LIMITS, ...TERMS }, at(0))
  }

  #publishBacklogs(): void {
    const output = this.#clientOutput
    for (let next; (next = this.#clientBacklog[0]) !== undefined; this.#clientBacklog.shift()) {
      if (this.#client.publish(next, at(0), output) === 'wait') break
    }
    for (let next; (next = this.#serverBacklog[0]) !== undefined; this.#serverBacklog.shift()) {
      const { qos } = next
      const packetId = qos === 0 ? 0 : this.serverSender.begin(qos, next)
      if (this.#server.state !== 'connected' || (qos > 0 && packetId === 0)) break
      this.#serverPublishes(next, packetId, false)
    }
  }

  #clientReceives(packet: DecodedPacket): void {
    const client = this.#client
    const output = this.#clientOutput
    if (packet.type === 'publish') {
      if (client.receivePublish(packet, at(0), output) === 'duplicate') return
      this.#arrive(this.atClient, packet)
      this.#unsettled.push(() => client.settle(packet, 0, this.#clientOutput))
    } else if (isAcknowledgement(packet)) {
      const message = client.receiveAcknowledgement(packet, at(0), output)
      if (message !== undefined) this.acknowledged.push(message.payload[0]!)
    } else this.#carryOut(client.receive(packet, at(0)))
  }

  #serverReceives(packet: DecodedPacket): void {
    const server = this.#server
    const sink = this.#serverOutput
    if (packet.type === 'publish') {
      if (server.receivePublish(packet, at(0), sink) === 'duplicate') return
      this.#arrive(this.atServer, packet)
      if (packet.qos > 0) this.#unsettled.push(() => this.#serverSettles(server, packet))
    } else if (isAcknowledgement(packet)) {
      server.receiveAcknowledgement(packet, at(0), sink)
      this.#serverResends()
    } else this.#serve(server.receive(packet, at(0)))
  }

  #serverSettles(server: ServerProtocol, { qos, packetId }: PublishFrame): void {
    if (server.state === 'connected')
      this.#serve(server.settle(packetId, 0, '', this.#serverOutput))
    else if (qos === 2) this.#serverReceiver.abandon(packetId, 0, this.#serverOutput)
  }

  #serve(effects: ServerEffects): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.#toClient.send(effect.packet)
      if (effect.type === 'close') throw new Error(`The server closed: ${effect.cause}`)
      if (effect.type !== 'authenticate') continue
      const exchanges = { sender: this.serverSender, receiver: this.#serverReceiver }
      const acceptance = { sessionPresent: this.#connections > 1, exchanges }
      this.#serve(this.#server.accept(acceptance, at(0)))
      this.#serverResends()
    }
  }

  #serverResends(): void {
    this.serverSender.resend({
      release: (packetId) => this.#serverOutput.acknowledge('pubrel', packetId, 0),
      publish: (packetId, _, message) => this.#serverPublishes(message, packetId, true),
    })
  }

  #serverPublishes(message: OutgoingMessage, packetId: PacketIdentifier, dup: boolean): 'sent' {
    const alias = this.#server.outboundAliases.use(message.topic)
    const properties = alias === 0 ? {} : { topicAlias: Math.abs(alias) }
    const topic = alias > 0 ? '' : message.topic
    this.#toClient.send({ ...message, type: 'publish', topic, packetId, dup, properties })
    return 'sent'
  }

  #carryOut(effects: readonly ClientEffect<OutgoingMessage>[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.#toServer.send(effect.packet)
      if (effect.type === 'close') throw new Error(`The client closed: ${effect.cause}`)
      if (effect.type === 'connected') this.#client.resend(this.#clientOutput)
    }
  }

  #arrive(arrivals: Arrivals, { topic, qos, payload }: PublishPacket): void {
    if (topic === '') throw new Error('A message has no topic')
    arrivals[qos].push(payload[0]!)
  }

  get #clientOutput(): ClientOutput<OutgoingMessage> {
    const pipe = this.#toServer
    return {
      hasRoom: true,
      acknowledge: (type, packetId, reasonCode) => pipe.acknowledge(type, packetId, reasonCode),
      publish: (bytes) => pipe.add(bytes),
      refuse: (_, error) => {
        throw error
      },
    }
  }

  get #serverOutput(): Pipe {
    return this.#toClient
  }
}

/** One direction of a connection. */
class Pipe {
  readonly #version: ProtocolVersion
  readonly #decoder: Decoder
  #bytes: number[] = []

  constructor(version: ProtocolVersion = 5) {
    this.#version = version
    this.#decoder = new Decoder({ version })
  }

  get length(): number {
    return this.#bytes.length
  }

  send(packet: Packet): void {
    this.add(encode(packet, this.#version))
  }

  add(bytes: Uint8Array): void {
    this.#bytes.push(...bytes)
  }

  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.send({ type, packetId, reasonCode })
  }

  carry(count: number): readonly DecodedPacket[] {
    this.#decoder.push(Uint8Array.from(this.#bytes.splice(0, count)))
    const packets: DecodedPacket[] = []
    for (let packet; (packet = this.#decoder.next()) !== undefined;) packets.push(packet)
    return packets
  }
}

function isAcknowledgement(
  packet: Exclude<DecodedPacket, PublishFrame>,
): packet is AcknowledgementPacket {
  return ACKNOWLEDGEMENTS.includes(packet.type)
}

const ACKNOWLEDGEMENTS: readonly PacketType[] = ['puback', 'pubrec', 'pubrel', 'pubcomp']
