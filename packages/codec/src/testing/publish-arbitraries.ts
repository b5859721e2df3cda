/** Arbitraries of PUBLISH (§3.3). */
import * as fc from 'fast-check'
import type { ProtocolVersion, PublishPacket } from '../packets.ts'
import { carrying } from './carrying.ts'
import { binaries, packetIdentifiers, topicNames } from './text-arbitraries.ts'

/** PUBLISH packets of this version, in MQTT 5.0 also with a Topic Alias alone. */
export function publishPackets(version: ProtocolVersion): fc.Arbitrary<PublishPacket> {
  return fc
    .tuple(carrying('publish', version, fc.oneof(atQoS0(), aboveQoS0())), fc.boolean())
    .map(([packet, nameless]): PublishPacket => {
      const { properties }: PublishPacket = packet
      return nameless && properties?.topicAlias !== undefined ? { ...packet, topic: '' } : packet
    })
}

function atQoS0(): fc.Arbitrary<PublishPacket> {
  return fc.record(
    {
      ...message(),
      qos: fc.constant(0 as const),
      dup: fc.constant(false),
      packetId: fc.constant(0),
    },
    { noNullPrototype: true },
  )
}

function aboveQoS0(): fc.Arbitrary<PublishPacket> {
  return fc.record(
    {
      ...message(),
      qos: fc.constantFrom(1, 2),
      dup: fc.boolean(),
      packetId: packetIdentifiers(),
    },
    { noNullPrototype: true },
  )
}

interface MessageFields {
  readonly type: fc.Arbitrary<'publish'>
  readonly topic: fc.Arbitrary<string>
  readonly payload: fc.Arbitrary<Uint8Array>
  readonly retain: fc.Arbitrary<boolean>
}

function message(): MessageFields {
  return {
    type: fc.constant('publish'),
    topic: topicNames(),
    payload: binaries(),
    retain: fc.boolean(),
  }
}
