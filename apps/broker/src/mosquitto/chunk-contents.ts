/**
 * What is in the chunks. Numbers are in network order, but times and message numbers (8 bytes) are
 * as the machine has them; a structure is filled up to a multiple of what the machine likes.
 *
 *     CFG         last number 8 | shutdown 1 | size of a number 1 | filling 6 (2 on i386)
 *     MSG_STORE   number 8 | expires 8 | payload length 4 | packet id 2 | lengths: publisher 2,
 *                 User Name 2, topic 2 | port 2 | QoS 1 | retain 1 | publisher | User Name |
 *                 topic | payload | properties with their length, as in PUBLISH, or nothing
 *     CLIENT      expires 8 | expiry interval 4 | last packet id 2 | length of id 2 |
 *                 (from 6 on:) port 2 | length of User Name 2 | filling 4 (0 on i386) |
 *                 id | User Name
 *     CLIENT_MSG  number 8 | packet id 2 | length of id 2 | QoS 1 | state 1 |
 *                 retain << 4 + dup 1 | direction 1 | id | properties or nothing
 *     SUB         identifier 4 | lengths: id 2, filter 2 | QoS 1 | options 1 | filling 2 |
 *                 id | filter
 *     RETAIN      number 8
 */
import { isQoS } from '@godwit/codec'
import type { PacketIdentifier, QoS } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import type { ChunkReader } from './chunk-reader.ts'
import type { MosquittoMessage, MosquittoSubscription } from './mosquitto-state.ts'

/** The types of chunks. */
export const CHUNK_TYPES = {
  CFG: 1,
  MSG_STORE: 2,
  CLIENT_MSG: 3,
  RETAIN: 4,
  SUB: 5,
  CLIENT: 6,
} as const

/** A session, alone. */
export interface ClientChunk {
  readonly clientId: string
  readonly expiresAt: number | undefined
  readonly sessionExpirySeconds: number
  readonly lastPacketId: PacketIdentifier
  /** As it stands there, which may be more than a User Name, or somebody else's. */
  readonly username: Uint8Array
}

/** A message on its way to or from a client. */
export interface ClientMessageChunk {
  readonly clientId: string
  readonly messageId: bigint
  readonly packetId: PacketIdentifier
  readonly qos: QoS
  readonly state: number
  readonly retain: boolean
  readonly dup: boolean
  readonly isOutgoing: boolean
  readonly subscriptionIdentifiers: readonly number[]
}

/** Reads CFG. Returns how many bytes come before the Client Identifier in CLIENT of version 6. */
export function readConfiguration(chunk: ChunkReader): number {
  chunk.skip(9)
  const size = chunk.uint8()
  if (size !== 8) throw chunk.fault(`says that numbers of messages have ${size} bytes, not 8`)
  const filling = chunk.rest()
  if (filling.length !== 2 && filling.length !== 6) {
    throw chunk.fault(`has ${filling.length} bytes of filling`)
  }
  return filling.length === 6 ? 24 : 20
}

/** Reads MSG_STORE. */
export function readMessage(chunk: ChunkReader): MosquittoMessage {
  const id = chunk.messageId()
  const expiresAt = chunk.time()
  const payloadBytes = chunk.uint32()
  chunk.skip(2)
  const publisherBytes = chunk.uint16()
  const usernameBytes = chunk.uint16()
  const topicBytes = chunk.uint16()
  chunk.skip(2)
  const qos = chunk.qos()
  const retain = chunk.uint8() !== 0
  const publisher = chunk.text(publisherBytes, 'A Client Identifier')
  const username = chunk.text(usernameBytes, 'A User Name')
  const topic = chunk.text(topicBytes, 'A topic')
  const payload = chunk.take(payloadBytes)
  return {
    id,
    topic,
    payload,
    qos,
    retain,
    properties: withoutThoseOfAConnection(chunk.properties(topic)),
    expiresAt,
    publisher: publisher === '' ? undefined : publisher,
    username: username === '' ? undefined : username,
  }
}

/** Reads CLIENT; `fixedBytes` is how long its structure is. */
export function readClient(chunk: ChunkReader, fixedBytes: number): ClientChunk {
  const expiresAt = chunk.time()
  const sessionExpirySeconds = chunk.uint32()
  const lastPacketId = chunk.uint16()
  const idBytes = chunk.uint16()
  let usernameBytes = 0
  if (fixedBytes > 16) {
    chunk.skip(2)
    usernameBytes = chunk.uint16()
    chunk.skip(fixedBytes - 20)
  }
  const clientId = readClientId(chunk, idBytes)
  const username = chunk.take(usernameBytes)
  chunk.done()
  return { clientId, expiresAt, sessionExpirySeconds, lastPacketId, username }
}

/** Reads CLIENT_MSG. */
export function readClientMessage(chunk: ChunkReader): ClientMessageChunk {
  const messageId = chunk.messageId()
  const packetId = chunk.uint16()
  const idBytes = chunk.uint16()
  const qos = chunk.qos()
  const state = chunk.uint8()
  const flags = chunk.uint8()
  const direction = chunk.uint8()
  if (direction > 1) throw chunk.fault(`says direction ${direction}`)
  if (qos > 0 && packetId === 0) throw chunk.fault('has no Packet Identifier')
  return {
    clientId: readClientId(chunk, idBytes),
    messageId,
    packetId,
    qos,
    state,
    retain: flags >= 0x10,
    dup: (flags & 0x0f) !== 0,
    isOutgoing: direction === 1,
    subscriptionIdentifiers: chunk.properties('any').subscriptionIdentifier ?? [],
  }
}

/** Reads SUB. Returns whose subscription it is, and the subscription. */
export function readSubscription(
  chunk: ChunkReader,
): readonly [clientId: string, MosquittoSubscription] {
  const identifier = chunk.uint32()
  const idBytes = chunk.uint16()
  const filterBytes = chunk.uint16()
  const qos = chunk.qos()
  const options = chunk.uint8()
  const retainHandling = (options >> 4) & 3
  if (!isQoS(retainHandling)) throw chunk.fault('has the Retain Handling 3')
  chunk.skip(2)
  const clientId = readClientId(chunk, idBytes)
  const filter = chunk.text(filterBytes, 'A Topic Filter')
  const fault = topicFilterFault(filter)
  if (fault !== undefined) throw chunk.fault(`has no Topic Filter: ${fault.reason}`)
  if (identifier > IDENTIFIER_MAX) throw chunk.fault(`has the identifier ${identifier}`)
  chunk.done()
  return [
    clientId,
    {
      filter,
      qos,
      noLocal: (options & NO_LOCAL) !== 0,
      retainAsPublished: (options & RETAIN_AS_PUBLISHED) !== 0,
      retainHandling,
      identifier: identifier === 0 ? undefined : identifier,
    },
  ]
}

/** Reads RETAIN. Returns the number of a message that is retained. */
export function readRetained(chunk: ChunkReader): bigint {
  const id = chunk.messageId()
  chunk.done()
  return id
}

const NO_LOCAL = 0x04
const RETAIN_AS_PUBLISHED = 0x08
const IDENTIFIER_MAX = 268_435_455

function readClientId(chunk: ChunkReader, count: number): string {
  const clientId = chunk.text(count, 'A Client Identifier')
  if (clientId === '') throw chunk.fault('has an empty Client Identifier')
  return clientId
}

/** Mosquitto takes these away before it keeps a message. */
function withoutThoseOfAConnection(
  properties: MosquittoMessage['properties'],
): MosquittoMessage['properties'] {
  const {
    topicAlias: _alias,
    subscriptionIdentifier: _identifiers,
    messageExpiryInterval: _expiry,
    ...rest
  } = properties
  return rest
}
