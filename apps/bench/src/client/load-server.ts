/**
 * A program: a server that only takes and gives, as fast as a client can, so that what is measured
 * is the client. It acknowledges what it is sent, and floods whoever subscribes with messages of
 * the QoS that was asked for. It keeps to the client's Receive Maximum; it routes nothing.
 */
import { Decoder, encode, ACK_BYTES, writeAck } from '@godwit/codec'
import type { DecodedPacket, Packet, PublishPacket, QoS, SubscribePacket } from '@godwit/codec'
import { createServer, type Socket } from 'node:net'
import { PAYLOAD, TOPICS } from './load.ts'

const server = createServer({ noDelay: true }, (socket) => new Connection(socket))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('There is no port')
  console.log(`listening mqtt://127.0.0.1:${address.port}`)
})

/** What it takes of a client unacknowledged, and has unacknowledged at most itself. */
const WINDOW = 1_000

const CHUNK_BYTES = 65_536

class Connection {
  readonly #socket: Socket
  readonly #decoder = new Decoder()
  #window = WINDOW
  /** What goes out with this chunk. */
  #answers: Uint8Array[] = []
  #flood: Flood | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
  }

  #read(chunk: Uint8Array): void {
    this.#decoder.push(chunk)
    const acks = new Acks()
    let acknowledged = 0
    for (let packet; (packet = this.#decoder.next()) !== undefined;) {
      if (packet.type === 'publish') acks.add(packet.qos, packet.packetId)
      else if (packet.type === 'puback') acknowledged++
      else this.#answer(packet)
    }
    if (acknowledged > 0) this.#answers.push(this.#flood?.next(acknowledged) ?? new Uint8Array())
    const answers = [...this.#answers, acks.bytes]
    this.#answers = []
    this.#socket.write(Buffer.concat(answers))
  }

  #answer(packet: DecodedPacket): void {
    if (packet.type === 'connect') {
      this.#window = Math.min(WINDOW, packet.properties?.receiveMaximum ?? WINDOW)
      this.#say({ type: 'connack', sessionPresent: false, reasonCode: 0 })
    } else if (packet.type === 'subscribe') {
      this.#subscribed(packet)
    } else if (packet.type === 'pingreq') {
      this.#say({ type: 'pingresp' })
    }
  }

  #subscribed({ packetId, subscriptions, properties }: SubscribePacket): void {
    const [qos = 0] = subscriptions.map((subscription) => subscription.qos)
    this.#say({ type: 'suback', packetId, reasonCodes: [qos] })
    this.#flood = new Flood(qos, properties?.subscriptionIdentifier)
    if (qos === 0) this.#pour(this.#flood.chunk())
    else this.#answers.push(this.#flood.next(this.#window))
  }

  #say(packet: Packet): void {
    this.#answers.push(encode(packet, 5))
  }

  /** As much as the client takes, for ever. */
  #pour(chunk: Uint8Array): void {
    setImmediate(() => {
      while (this.#socket.write(chunk));
      this.#socket.on('drain', () => {
        while (this.#socket.write(chunk));
      })
    })
  }
}

/** Acknowledgements of one chunk, gathered. */
class Acks {
  #bytes = new Uint8Array(0)
  #length = 0

  add(qos: QoS, packetId: number): void {
    if (qos === 0) return
    if (this.#length === this.#bytes.length) this.#grow()
    this.#length = writeAck(this.#bytes, this.#length, 'puback', packetId)
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(256 * ACK_BYTES, 2 * this.#bytes.length))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

/** Messages of one QoS for one subscription, with its identifier if it has one. */
class Flood {
  readonly #messages: readonly Uint8Array[]
  #sent = 0

  constructor(qos: QoS, identifiers: readonly number[] | number | undefined) {
    const subscriptionIdentifier = [identifiers ?? []].flat()
    const properties = subscriptionIdentifier.length === 0 ? {} : { subscriptionIdentifier }
    this.#messages = TOPICS.map((topic) => encode(publishOf(topic, qos, properties), 5))
  }

  /** A chunk of whole messages of QoS 0. */
  chunk(): Uint8Array {
    const messages: Uint8Array[] = []
    for (let bytes = 0; bytes < CHUNK_BYTES;) {
      const message = this.#message(this.#sent++)
      messages.push(message)
      bytes += message.length
    }
    return Buffer.concat(messages)
  }

  /** So many messages of QoS 1, each with the next Packet Identifier. */
  next(count: number): Uint8Array {
    const messages = Array.from({ length: count }, () => {
      const message = this.#message(this.#sent)
      const packetId = (this.#sent++ % 65_535) + 1
      const numbered = Uint8Array.from(message)
      const packetIdAt = 4 + ((numbered[2] ?? 0) << 8) + (numbered[3] ?? 0)
      numbered[packetIdAt] = packetId >> 8
      numbered[packetIdAt + 1] = packetId
      return numbered
    })
    return Buffer.concat(messages)
  }

  #message(index: number): Uint8Array {
    return this.#messages[index % this.#messages.length] ?? new Uint8Array()
  }
}

function publishOf(
  topic: string,
  qos: QoS,
  properties: NonNullable<PublishPacket['properties']>,
): PublishPacket {
  const packetId = qos === 0 ? 0 : 1
  return {
    type: 'publish',
    topic,
    payload: PAYLOAD,
    qos,
    packetId,
    retain: false,
    dup: false,
    properties,
  }
}
