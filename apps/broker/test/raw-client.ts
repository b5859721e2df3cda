/** A client that is nothing but a socket and a codec: it can misbehave as it likes. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type {
  ConnectPacket,
  DecodedPacket,
  Packet,
  ProtocolVersion,
  PublishPacket,
  QoS,
  SubscribePacket,
} from '@godwit/codec'

/** A connection to a broker, and what came over it. */
export class RawClient implements Disposable {
  readonly socket: Socket
  readonly received: DecodedPacket[] = []
  /** Resolves when the connection is closed, in order or by a reset. */
  readonly closed: Promise<void>
  /** How many bytes came. */
  bytes = 0
  readonly #version: ProtocolVersion
  readonly #decoder: Decoder
  #changed: () => void = () => {}

  private constructor(socket: Socket, version: ProtocolVersion) {
    this.socket = socket
    this.#version = version
    this.#decoder = new Decoder({ version })
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve()
        this.#changed()
      })
    })
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#take(chunk))
  }

  /** Opens a connection and says nothing. */
  static async open(port: number, version: ProtocolVersion = 5): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    return new RawClient(socket, version)
  }

  /** Opens a connection and is let in. */
  static async connected(port: number, rest: Partial<ConnectPacket> = {}): Promise<RawClient> {
    const client = await RawClient.open(port, rest.version)
    client.send(connectPacket(rest))
    await client.packet('connack')
    return client
  }

  send(packet: Packet): boolean {
    return this.socket.write(encode(packet, this.#version))
  }

  /** Subscribes and waits for the answer. */
  async subscribe(filter: string, qos: QoS = 0): Promise<void> {
    this.send(subscribePacket([filter], qos))
    await this.packet('suback')
  }

  /** The first packet of a type that came, waiting for it if need be. */
  async packet<T extends DecodedPacket['type']>(type: T): Promise<DecodedPacket & { type: T }> {
    const isOfType = (packet: DecodedPacket): packet is DecodedPacket & { type: T } =>
      packet.type === type
    await this.until(() => this.received.some(isOfType))
    return this.received.find(isOfType)!
  }

  /** Waits until something is so, looking whenever bytes came. @throws if the connection closes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.socket.closed) throw new Error('The connection was closed, and it is not so')
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #take(chunk: Uint8Array): void {
    this.bytes += chunk.length
    this.#decoder.push(chunk)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) {
      this.received.push(packet instanceof PublishFrame ? packet.own() : packet)
    }
    this.#changed()
  }
}

/** A CONNECT, of MQTT 5.0 unless told otherwise. */
export function connectPacket(rest: Partial<ConnectPacket> = {}): ConnectPacket {
  return { type: 'connect', version: 5, clientId: '', cleanStart: true, keepAlive: 60, ...rest }
}

/** A PUBLISH, of QoS 0 unless told otherwise. */
export function publishPacket(
  topic: string,
  payload: Uint8Array,
  rest: Partial<PublishPacket> = {},
): PublishPacket {
  const packet = { topic, payload, qos: 0, retain: false, dup: false, packetId: 0 } as const
  return { type: 'publish', ...packet, ...rest }
}

/** A SUBSCRIBE with plain options. */
export function subscribePacket(filters: readonly string[], qos: QoS = 0): SubscribePacket {
  const options = { qos, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  const subscriptions = filters.map((filter) => ({ filter, ...options }))
  return { type: 'subscribe', packetId: 1, subscriptions }
}
