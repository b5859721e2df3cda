/** Arbitraries of every Control Packet by version: whatever they give can be encoded. */
import * as fc from 'fast-check'
import type {
  AcknowledgementPacket,
  AuthPacket,
  ConnackPacket,
  DisconnectPacket,
  Packet,
  PingreqPacket,
  PingrespPacket,
  ProtocolVersion,
  SubackPacket,
  SubscribePacket,
  UnsubackPacket,
  UnsubscribePacket,
} from '../packets.ts'
import { carrying } from './carrying.ts'
import { connectPackets } from './connect-arbitraries.ts'
import { publishPackets } from './publish-arbitraries.ts'
import { propertiesOf, reasonCodesOf } from './table-arbitraries.ts'
import { packetIdentifiers, topicFilters } from './text-arbitraries.ts'

/** Any Control Packet that this version has. */
export function packets(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const ofEveryVersion: fc.Arbitrary<Packet>[] = [
    connectPackets(version),
    connackPackets(version),
    publishPackets(version),
    acknowledgementPackets(version),
    subscribePackets(version),
    subackPackets(version),
    unsubscribePackets(version),
    unsubackPackets(version),
    pingPackets(),
    disconnectPackets(version),
  ]
  return fc.oneof(...ofEveryVersion, ...(version === 5 ? [authPackets()] : []))
}

/** CONNACK packets of this version. */
export function connackPackets(version: ProtocolVersion): fc.Arbitrary<ConnackPacket> {
  const base = fc
    .tuple(reasonCodesOf('connack', version), fc.boolean())
    .map(([reasonCode, present]): ConnackPacket => {
      const sessionPresent = present && reasonCode === 0 && version !== 3
      return { type: 'connack', sessionPresent, reasonCode }
    })
  return carrying('connack', version, base)
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP packets of this version. */
export function acknowledgementPackets(
  version: ProtocolVersion,
): fc.Arbitrary<AcknowledgementPacket> {
  const types = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const
  return fc.oneof(
    ...types.map((type): fc.Arbitrary<AcknowledgementPacket> => {
      const packetId = packetIdentifiers()
      const reasonCode = reasonCodesOf(type, version)
      return carrying(type, version, record({ type: fc.constant(type), packetId, reasonCode }))
    }),
  )
}

/** SUBSCRIBE packets of this version. */
export function subscribePackets(version: ProtocolVersion): fc.Arbitrary<SubscribePacket> {
  const flag = version === 5 ? fc.boolean() : fc.constant(false)
  const subscription = record({
    filter: topicFilters(),
    qos: fc.constantFrom(0, 1, 2),
    noLocal: flag,
    retainAsPublished: flag,
    retainHandling: version === 5 ? fc.constantFrom(0, 1, 2) : fc.constant(0 as const),
  })
  const base = record({
    type: fc.constant('subscribe' as const),
    packetId: packetIdentifiers(),
    subscriptions: fc.array(subscription, { minLength: 1, maxLength: 5 }),
  })
  return carrying('subscribe', version, base)
}

/** SUBACK packets of this version. */
export function subackPackets(version: ProtocolVersion): fc.Arbitrary<SubackPacket> {
  const base = record({
    type: fc.constant('suback' as const),
    packetId: packetIdentifiers(),
    reasonCodes: fc.array(reasonCodesOf('suback', version), { minLength: 1, maxLength: 5 }),
  })
  return carrying('suback', version, base)
}

/** UNSUBSCRIBE packets of this version. */
export function unsubscribePackets(version: ProtocolVersion): fc.Arbitrary<UnsubscribePacket> {
  const base = record({
    type: fc.constant('unsubscribe' as const),
    packetId: packetIdentifiers(),
    filters: fc.array(topicFilters(), { minLength: 1, maxLength: 5 }),
  })
  return carrying('unsubscribe', version, base)
}

/** UNSUBACK packets of this version, with codes in MQTT 5.0 only. */
export function unsubackPackets(version: ProtocolVersion): fc.Arbitrary<UnsubackPacket> {
  const codes = reasonCodesOf('unsuback', version)
  const base = record({
    type: fc.constant('unsuback' as const),
    packetId: packetIdentifiers(),
    reasonCodes: fc.array(codes, version === 5 ? { minLength: 1, maxLength: 5 } : { maxLength: 0 }),
  })
  return carrying('unsuback', version, base)
}

/** PINGREQ and PINGRESP packets. */
export function pingPackets(): fc.Arbitrary<PingreqPacket | PingrespPacket> {
  return record({ type: fc.constantFrom('pingreq', 'pingresp') })
}

/** DISCONNECT packets of this version. */
export function disconnectPackets(version: ProtocolVersion): fc.Arbitrary<DisconnectPacket> {
  const base = record({
    type: fc.constant('disconnect' as const),
    reasonCode: reasonCodesOf('disconnect', version),
  })
  return carrying('disconnect', version, base)
}

/** AUTH packets: without a body, or with a method. */
export function authPackets(): fc.Arbitrary<AuthPacket> {
  const full = record({
    type: fc.constant('auth' as const),
    reasonCode: reasonCodesOf('auth', 5),
    properties: propertiesOf('auth'),
  })
  return fc.oneof(fc.constant({ type: 'auth', reasonCode: 0x00 } as const), full)
}

/** A record of all these fields, with an ordinary prototype: it compares as a literal does. */
function record<T>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>({ ...fields }, { noNullPrototype: true })
}
