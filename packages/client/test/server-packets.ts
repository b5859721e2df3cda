// What a server says, for the client's tests: packets of which a test names what it is about.

import type {
  AcknowledgementPacket,
  AcknowledgementType,
  ConnackPacket,
  Packet,
  PacketIdentifier,
  PublishPacket,
  ReasonCode,
} from '@godwit/codec'

/** The packet of a type. */
export type PacketOf<T extends Packet['type']> = T extends AcknowledgementType
  ? AcknowledgementPacket
  : Extract<Packet, { readonly type: T }>

/** A CONNACK that lets in, unless told otherwise. */
export function connack(fields: Partial<ConnackPacket> = {}): ConnackPacket {
  return { type: 'connack', sessionPresent: false, reasonCode: 0, ...fields }
}

/** A PUBLISH of QoS 0 with a text; name a `packetId` beside a higher QoS. */
export function publish(
  topic: string,
  text = '',
  fields: Partial<PublishPacket> = {},
): PublishPacket {
  const payload = new TextEncoder().encode(text)
  return {
    type: 'publish',
    topic,
    payload,
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    ...fields,
  }
}

/** An acknowledgement with the code Success, unless told otherwise. */
export function ack(
  type: AcknowledgementType,
  packetId: PacketIdentifier,
  reasonCode: ReasonCode = 0,
): AcknowledgementPacket {
  return { type, packetId, reasonCode }
}

/** A DISCONNECT of the server, MQTT 5.0 only. */
export function disconnect(
  reasonCode: ReasonCode,
  properties?: PacketOf<'disconnect'>['properties'],
): Packet {
  return properties === undefined
    ? { type: 'disconnect', reasonCode }
    : { type: 'disconnect', reasonCode, properties }
}

/** A SUBACK with a code for each filter. */
export function suback(packetId: PacketIdentifier, ...reasonCodes: readonly ReasonCode[]): Packet {
  return { type: 'suback', packetId, reasonCodes }
}

/** An UNSUBACK with a code for each filter; none before MQTT 5.0. */
export function unsuback(
  packetId: PacketIdentifier,
  ...reasonCodes: readonly ReasonCode[]
): Packet {
  return { type: 'unsuback', packetId, reasonCodes }
}
