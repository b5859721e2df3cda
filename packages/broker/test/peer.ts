// The world of the broker's tests: a broker on a network in memory with virtual time, and clients
// that say exactly the packets, or the bytes, that they are told to.

import { Decoder, encode, ReasonCode } from '@godwit/codec'
import type {
  ConnectPacket,
  Packet,
  ProtocolVersion,
  PublishPacket,
  SubscribePacket,
  Subscription,
} from '@godwit/codec'
import { bytesOf, plainPacket } from '@godwit/codec/testing'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import type { MemoryOptions, MemoryTransport } from '@godwit/transport/testing'
import { Broker } from '../src/index.ts'
import type { BrokerLimits, BrokerOptions, BrokerStats, Observers } from '../src/index.ts'

/** Every version, for tests that hold in all of them. */
export const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]

/** A started broker and what surrounds it. */
export interface World {
  readonly clock: VirtualClock
  readonly listener: MemoryListener
  readonly broker: Broker
  /** What the observers saw, a line each. */
  readonly seen: string[]
  /** Opens a connection that says nothing yet. */
  readonly dial: (version?: ProtocolVersion, options?: MemoryOptions) => Peer
  /** Opens a connection, says CONNECT and takes CONNACK. */
  readonly client: (
    clientId: string,
    fields?: Partial<ConnectPacket>,
    options?: MemoryOptions,
  ) => Peer
}

/** Starts a broker. */
export async function openWorld(
  options: Partial<Omit<BrokerOptions, 'limits'>> & { limits?: Partial<BrokerLimits> } = {},
): Promise<World> {
  const clock = new VirtualClock()
  const listener = new MemoryListener(clock)
  const seen: string[] = []
  const observers = writingTo(seen)
  const broker = new Broker({ listeners: [listener], clock, observers, ...options })
  await broker.start()
  const dial: World['dial'] = (version = 5, memory = {}) =>
    new Peer(clock, listener.dial(memory), version)
  const client: World['client'] = (clientId, fields = {}, memory = {}) => {
    const peer = dial(fields.version, memory)
    peer.send(connect({ clientId, ...fields }))
    peer.take()
    return peer
  }
  return { clock, listener, broker, seen, dial, client }
}

/** A client that does what it is told, right or wrong. */
export class Peer {
  readonly transport: MemoryTransport
  /** How its connection ended, if it has. */
  closed: 'in order' | Error | undefined
  readonly #clock: VirtualClock
  readonly #version: ProtocolVersion
  readonly #decoder: Decoder
  #taken: Packet[] = []

  constructor(clock: VirtualClock, transport: MemoryTransport, version: ProtocolVersion) {
    this.transport = transport
    this.#clock = clock
    this.#version = version
    this.#decoder = new Decoder({ version })
    transport.onClose = (error) => (this.closed = error ?? 'in order')
    transport.onData = (chunk) => this.#received(chunk)
  }

  /** Sends packets in one segment, and lets the world settle. */
  send(...packets: readonly Packet[]): void {
    this.write(...packets.map((packet) => encode(packet, this.#version)))
    this.#clock.settle()
  }

  /** Sends bytes in one segment, given in hexadecimal or as they are; does not settle. */
  write(...pieces: readonly (string | Uint8Array)[]): void {
    this.transport.write(
      pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : piece)),
    )
  }

  /** Takes what comes without looking at it, for a broker that may answer in any version. */
  deafen(): void {
    this.transport.onData = () => {}
  }

  /** Lets the world settle; what came since it was asked last. */
  take(): readonly Packet[] {
    this.#clock.settle()
    const taken = this.#taken
    this.#taken = []
    return taken
  }

  /** Like `take`: the payloads of what was published to it, as text. */
  takeTexts(): readonly string[] {
    return this.take().flatMap((packet) =>
      packet.type === 'publish' ? [new TextDecoder().decode(packet.payload)] : [],
    )
  }

  #received(chunk: Uint8Array): void {
    this.#decoder.push(chunk)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) {
      this.#taken.push(plainPacket(packet))
    }
  }
}

/** A CONNECT of MQTT 5.0 without Keep Alive, unless told otherwise. */
export function connect(fields: Partial<ConnectPacket> = {}): ConnectPacket {
  return { type: 'connect', version: 5, clientId: 'c', cleanStart: true, keepAlive: 0, ...fields }
}

/** A SUBSCRIBE for QoS 0 to filters, or to whole subscriptions. */
export function subscribe(
  ...subscriptions: readonly (string | (Partial<Subscription> & { identifier?: number }))[]
): SubscribePacket {
  const [first] = subscriptions
  const identifier = typeof first === 'object' ? first.identifier : undefined
  return {
    type: 'subscribe',
    packetId: 1,
    subscriptions: subscriptions.map((one) => ({
      ...SUBSCRIPTION,
      ...(typeof one === 'string' ? { filter: one } : one),
    })),
    ...(identifier !== undefined && { properties: { subscriptionIdentifier: identifier } }),
  }
}

/** A PUBLISH of QoS 0 with a text. */
export function publish(
  topic: string,
  text = '',
  fields: Partial<PublishPacket> = {},
): PublishPacket {
  const payload = new TextEncoder().encode(text)
  return { ...PUBLISH, topic, payload, ...fields }
}

/** A DISCONNECT of the client. */
export function disconnect(reasonCode: ReasonCode = ReasonCode.NormalDisconnection): Packet {
  return { type: 'disconnect', reasonCode }
}

/** What a PINGREQ is answered with, and a PINGREQ. */
export const PINGREQ: Packet = { type: 'pingreq' }
/** The answer. */
export const PINGRESP: Packet = { type: 'pingresp' }

/** Observers that write a line for each call, but not for what is published. */
export function writingTo(lines: string[]): Required<Omit<Observers, 'published'>> {
  const hex = (code: number): string => `0x${code.toString(16).padStart(2, '0')}`
  return {
    connected: ({ clientId, version }) => void lines.push(`connected ${clientId} v${version}`),
    disconnected: ({ clientId }, code) => void lines.push(`disconnected ${clientId} ${hex(code)}`),
    refused: (address, code) => void lines.push(`refused ${address} ${hex(code)}`),
    dropped: ({ clientId }, reason) => void lines.push(`dropped ${clientId} ${reason}`),
    overload: (level) => void lines.push(`overload ${level}`),
    storeFull: (isFull) => void lines.push(isFull ? 'store full' : 'store has room'),
    failed: (error) => void lines.push(`failed ${String(error)}`),
    fault: (error) => void lines.push(`fault ${String(error)}`),
  }
}

const SUBSCRIPTION: Subscription = {
  filter: 'a',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
}

const PUBLISH: PublishPacket = {
  type: 'publish',
  topic: 'a',
  payload: new Uint8Array(),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
}

/** What `broker.stats` says of drops where there were none. */
export const NOTHING_DROPPED: BrokerStats['messagesDropped'] = {
  'slow-receiver': 0,
  'too-large-for-receiver': 0,
  away: 0,
  expired: 0,
  'backlog-full': 0,
  'session-ended': 0,
  'retained-full': 0,
  'not-authorized': 0,
  'store-full': 0,
  'not-in-store': 0,
  overload: 0,
}
