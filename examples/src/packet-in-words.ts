// A Control Packet in a line for people: what matters to learn from it.

import { reasonCodeName } from '@godwit/codec'
import type { ConnectPacket, Packet, PublishPacket } from '@godwit/codec'

/** For example `PUBLISH 1 QoS 1 greetings "hello"`, where 1 is the Packet Identifier. */
export function inWords(packet: Packet): string {
  return `${packet.type.toUpperCase()} ${detailsOf(packet)}`.trimEnd()
}

function detailsOf(packet: Packet): string {
  switch (packet.type) {
    case 'connect':
      return connectInWords(packet)
    case 'connack':
      return `${outcome(packet)}${packet.sessionPresent ? ', session present' : ''}`
    case 'publish':
      return publishInWords(packet)
    case 'subscribe':
      return `${packet.packetId} ${packet.subscriptions
        .map(({ filter, qos }) => `${filter} at QoS ${qos}`)
        .join(', ')}`
    case 'unsubscribe':
      return `${packet.packetId} ${packet.filters.join(', ')}`
    case 'suback':
    case 'unsuback':
      return `${packet.packetId} ${packet.reasonCodes
        .map((code) => reasonCodeName(code, packet.type))
        .join(', ')}`
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return `${packet.packetId} ${outcome(packet)}`
    case 'disconnect':
    case 'auth':
      return outcome(packet)
    case 'pingreq':
    case 'pingresp':
    default:
      return ''
  }
}

function connectInWords({ clientId, cleanStart, will }: ConnectPacket): string {
  const session = cleanStart ? 'new session' : 'go on with the session'
  return `${clientId}, ${session}${will === undefined ? '' : `, will on ${will.topic}`}`
}

function publishInWords({ packetId, qos, dup, retain, topic, payload }: PublishPacket): string {
  const flags = `${dup ? ' DUP' : ''}${retain ? ' RETAIN' : ''}`
  const text = JSON.stringify(new TextDecoder().decode(payload))
  return `${qos > 0 ? `${packetId} ` : ''}QoS ${qos}${flags} ${topic} ${text}`
}

function outcome(packet: Extract<Packet, { reasonCode: unknown }>): string {
  return reasonCodeName(packet.reasonCode, packet.type)
}
