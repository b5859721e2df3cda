// Clients whose sessions outlive their connections, and what they say about QoS 1 and 2.

import type {
  AcknowledgementPacket,
  AcknowledgementType,
  ConnectPacket,
  Packet,
  ProtocolVersion,
  ReasonCode,
} from '@godwit/codec'
import { connect } from './peer.ts'
import type { Peer, World } from './peer.ts'

/** What CONNECT says for a session that is kept: for an hour, before MQTT 5.0 as long as can be. */
export function lasting(
  version: ProtocolVersion = 5,
  properties: ConnectPacket['properties'] = {},
): Partial<ConnectPacket> {
  if (version !== 5) return { version, cleanStart: false }
  return { version, cleanStart: false, properties: { sessionExpiryInterval: 3600, ...properties } }
}

/** Connects, and returns all that comes, CONNACK first. */
export function resume(
  { dial }: World,
  clientId: string,
  fields: Partial<ConnectPacket>,
): { peer: Peer; taken: readonly Packet[] } {
  const peer = dial(fields.version)
  peer.send(connect({ clientId, ...fields }))
  return { peer, taken: peer.take() }
}

/** The connection of a client breaks. */
export function lose({ clock }: World, ...peers: readonly Peer[]): void {
  for (const peer of peers) peer.transport.cut()
  clock.settle()
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP. */
export function ack(
  type: AcknowledgementType,
  packetId: number,
  reasonCode: ReasonCode = 0,
): AcknowledgementPacket {
  return { type, packetId, reasonCode }
}

/** Each packet as a few words: `publish 1 q2 dup text`, `pubrel 1`, `puback 2 0x10`. */
export function inWords(packets: readonly Packet[]): readonly string[] {
  return packets.map((packet) => {
    const words: (string | number)[] = [packet.type]
    if ('packetId' in packet && packet.packetId !== 0) words.push(packet.packetId)
    if (packet.type === 'publish') {
      words.push(`q${packet.qos}`)
      if (packet.dup) words.push('dup')
      if (packet.retain) words.push('retain')
      words.push(new TextDecoder().decode(packet.payload))
    } else if (packet.type === 'connack' && packet.sessionPresent) {
      words.push('present')
    }
    if ('reasonCode' in packet && packet.reasonCode !== 0) {
      words.push(`0x${packet.reasonCode.toString(16)}`)
    }
    return words.join(' ')
  })
}
