/** Arbitraries of CONNECT (§3.1) and the Will Message in it. */
import * as fc from 'fast-check'
import type { ConnectPacket, ProtocolVersion, WillMessage } from '../packets.ts'
import { carrying } from './carrying.ts'
import { binaries, strings, topicNames } from './text-arbitraries.ts'

/** CONNECT packets of this version. */
export function connectPackets(version: ProtocolVersion): fc.Arbitrary<ConnectPacket> {
  const fields = {
    type: fc.constant('connect' as const),
    version: fc.constant(version),
    clientId: strings(),
    cleanStart: fc.boolean(),
    keepAlive: fc.integer({ min: 0, max: 65_535 }),
    will: willMessages(version),
    username: strings(),
    password: binaries(),
  }
  const base = fc.record(fields, {
    requiredKeys: ['type', 'version', 'clientId', 'cleanStart', 'keepAlive'],
    noNullPrototype: true,
  })
  return carrying('connect', version, base.map(version === 5 ? same : withoutLonePassword))
}

/** Will Messages as a CONNECT of this version may have them. */
export function willMessages(version: ProtocolVersion): fc.Arbitrary<WillMessage> {
  const base = fc.record(
    {
      topic: topicNames(),
      payload: binaries(),
      qos: fc.constantFrom(0, 1, 2),
      retain: fc.boolean(),
    },
    { noNullPrototype: true },
  )
  return carrying('will', version, base)
}

function same(packet: ConnectPacket): ConnectPacket {
  return packet
}

/** Before MQTT 5.0 a password needs a user name. [MQTT311-3.1.2-22] */
function withoutLonePassword(packet: ConnectPacket): ConnectPacket {
  if (packet.username !== undefined) return packet
  const { password: _, ...others } = packet
  return others
}
