// What the tests of the server's end share: a server, the packets of a client, and effects.

import { Decoder, encode, MqttError, PublishFrame } from '@godwit/codec'
import type { ConnectPacket, Packet, ProtocolVersion, PublishPacket } from '@godwit/codec'
import type { AcknowledgementType, PacketIdentifier, ReasonCode } from '@godwit/codec'
import { Receiver, Sender, ServerProtocol } from '../src/index.ts'
import type { Acceptance, AcknowledgementSink, CloseEffect, Instant } from '../src/index.ts'
import type { ServerEffect, ServerLimits } from '../src/index.ts'

/** Every version, for tests that hold in all of them. */
export const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]

/** Before MQTT 5.0. */
export const OLDER: readonly (3 | 4)[] = [3, 4]

/** A server that can do everything, so that a test names what it cannot. */
export const LIMITS: ServerLimits = {
  connectTimeoutMs: 10_000,
  clientIdLengthMax: 64,
  keepAliveSecondsMax: 1200,
  packetBytesMax: 1_048_576,
  sessionExpirySecondsMax: 3600,
  maximumQoS: 2,
  receiveMaximum: 65_535,
  inFlightMax: 100,
  inFlightMaxV3: 20,
  topicAliasMaximum: 0,
  topicAliasBytesMax: 1000,
  topicAliasOutboundMax: 8,
  retainAvailable: true,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifierAvailable: true,
  sharedSubscriptionAvailable: true,
}

/** An instant, so many milliseconds after the connection was opened. */
export function at(ms: number): Instant {
  return 1_000_000 + ms
}

/** Milliseconds. */
export function seconds(count: number): number {
  return count * 1000
}

/** A server's end to which nothing was said. */
export function opened(limits: Partial<ServerLimits> = {}): ServerProtocol {
  return new ServerProtocol({ ...LIMITS, ...limits }, at(0))
}

/** A server's end that has let a client in at instant 0. */
export function connected(
  fields: Partial<ConnectPacket> = {},
  limits: Partial<ServerLimits> = {},
  exchanges: TestExchanges = newExchanges(),
): ServerProtocol {
  const server = opened(limits)
  server.receive(connect(fields), at(0))
  server.accept(acceptance({ exchanges }), at(0))
  return server
}

/** Both halves of a session whose messages are strings. */
export interface TestExchanges {
  readonly sender: Sender<string>
  readonly receiver: Receiver
}

/** A session without exchanges. */
export function newExchanges(): TestExchanges {
  return { sender: new Sender(), receiver: new Receiver() }
}

/** The owner lets a client in, with a new session unless told otherwise. */
export function acceptance(fields: Partial<Acceptance> = {}): Acceptance {
  return { sessionPresent: false, exchanges: newExchanges(), ...fields }
}

/** Remembers the acknowledgements that it was given, as `pubrel 7 0x00`. */
export class Acknowledgements implements AcknowledgementSink {
  readonly sent: string[] = []

  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.sent.push(`${type} ${packetId} 0x${reasonCode.toString(16).padStart(2, '0')}`)
  }
}

/** A CONNECT of MQTT 5.0 without Keep Alive, unless told otherwise. */
export function connect(fields: Partial<ConnectPacket> = {}): ConnectPacket {
  return { type: 'connect', version: 5, clientId: 'c', cleanStart: true, keepAlive: 0, ...fields }
}

/** A Will Message of QoS 0. */
export function will(fields: Partial<ConnectPacket['will'] & {}> = {}): ConnectPacket['will'] & {} {
  return { topic: 'gone', payload: new Uint8Array(), qos: 0, retain: false, ...fields }
}

/** A PUBLISH as it comes from the decoder. */
export function frame(
  fields: Partial<PublishPacket> = {},
  version: ProtocolVersion = 5,
): PublishFrame {
  const decoder = new Decoder({ version })
  decoder.push(encode({ ...PUBLISH, ...fields }, version))
  const packet = decoder.next()
  if (!(packet instanceof PublishFrame)) throw new TypeError('This is no PUBLISH')
  return packet
}

/** The effect that sends a packet. */
export function send(packet: Packet): ServerEffect {
  return { type: 'send', packet }
}

/** The effect that closes, without a Will. */
export function close(reasonCode: CloseEffect['reasonCode'], cause: string): CloseEffect {
  return { type: 'close', reasonCode, publishWill: false, cause }
}

/** The effect that closes and makes the Will due. */
export function closeWithWill(reasonCode: CloseEffect['reasonCode'], cause: string): CloseEffect {
  return { ...close(reasonCode, cause), publishWill: true }
}

/** The peer's fault for which the call throws, as its code and statement. */
export function faultOf(call: () => unknown): readonly [number, string | undefined] {
  try {
    call()
  } catch (error) {
    if (error instanceof MqttError && error.fault === 'peer') {
      return [error.reasonCode, error.statement]
    }
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

const PUBLISH: PublishPacket = {
  type: 'publish',
  topic: 'a/b',
  payload: new Uint8Array(),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
}
