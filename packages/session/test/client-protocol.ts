// What the tests of the client's end share: a client, the answers of a server, and an output.

import { Decoder, MqttError } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  AcknowledgementType,
  ConnackPacket,
  Packet,
  PacketIdentifier,
  PropertiesOf,
  ProtocolVersion,
  ReasonCode,
} from '@godwit/codec'
import { ClientProtocol, ClientSession } from '../src/index.ts'
import type {
  ClientEffect,
  ClientLimits,
  ClientOutput,
  ConnectOptions,
  OutgoingMessage,
} from '../src/index.ts'
import { at } from './protocol.ts'

/** A client's end in these tests. */
export type Client = ClientProtocol<OutgoingMessage>

/** A client that limits nothing, so that a test names what it limits. */
export const CLIENT_LIMITS: ClientLimits = {
  connectTimeoutMs: 10_000,
  pingTimeoutMs: 5000,
  pingLeadMs: 0,
  packetBytesMax: 268_435_460,
  receiveMaximum: 65_535,
  topicAliasMaximum: 0,
  topicAliasBytesMax: 1000,
  topicAliasOutboundMax: 8,
  inFlightMax: 100,
  inFlightMaxV3: 20,
}

/** What a client asks for: MQTT 5.0, a new session, no Keep Alive, unless told otherwise. */
export function options(fields: Partial<ConnectOptions> = {}): ConnectOptions {
  return { version: 5, clientId: 'c', cleanStart: true, keepAlive: 0, ...fields }
}

/** A client's end that has said nothing. */
export function unconnected(
  limits: Partial<ClientLimits> = {},
  session: ClientSession<OutgoingMessage> = new ClientSession(),
): Client {
  return new ClientProtocol(session, { ...CLIENT_LIMITS, ...limits })
}

/** A client's end that has sent CONNECT at instant 0. */
export function connecting(
  fields: Partial<ConnectOptions> = {},
  limits: Partial<ClientLimits> = {},
  session: ClientSession<OutgoingMessage> = new ClientSession(),
): Client {
  const client = unconnected(limits, session)
  client.connect(options(fields), at(0))
  return client
}

/** How a client comes to be let in. */
export interface Welcome {
  readonly fields?: Partial<ConnectOptions>
  readonly limits?: Partial<ClientLimits>
  readonly session?: ClientSession<OutgoingMessage>
  readonly sessionPresent?: boolean
  /** Of CONNACK. */
  readonly terms?: PropertiesOf<'connack'>
}

/** A client's end that was let in at instant 0. */
export function letIn(welcome: Welcome = {}): Client {
  const client = connecting(welcome.fields, welcome.limits, welcome.session)
  client.receive(connack({ ...sessionOf(welcome), ...termsOf(welcome) }), at(0))
  return client
}

/** A CONNACK that lets in. */
export function connack(fields: Partial<ConnackPacket> = {}): ConnackPacket {
  return { type: 'connack', sessionPresent: false, reasonCode: 0, ...fields }
}

/** A message of QoS 0 to `a/b`, unless told otherwise. */
export function message(fields: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { topic: 'a/b', payload: new Uint8Array(), qos: 0, retain: false, ...fields }
}

/** An acknowledgement with the code Success, unless told otherwise. */
export function ack(
  type: AcknowledgementType,
  packetId: PacketIdentifier,
  reasonCode: ReasonCode = 0,
): AcknowledgementPacket {
  return { type, packetId, reasonCode }
}

/** The effect that sends a packet. */
export function sends(packet: Packet): ClientEffect<OutgoingMessage> {
  return { type: 'send', packet }
}

/** Remembers what it was given, in words such as `publish 1 a/b qos 1` and `pubrel 7 0x00`. */
export class Output implements ClientOutput<OutgoingMessage> {
  hasRoom = true
  readonly sent: string[] = []
  readonly refused: [message: OutgoingMessage, statement: string | undefined][] = []
  readonly #decoder: Decoder

  constructor(version: ProtocolVersion = 5) {
    this.#decoder = new Decoder({ version })
  }

  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.sent.push(`${type} ${packetId} 0x${reasonCode.toString(16).padStart(2, '0')}`)
  }

  publish(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
    const packet = this.#decoder.next()
    if (packet?.type !== 'publish') throw new TypeError('This is no PUBLISH')
    const { topic, qos, packetId, dup, properties } = packet
    const alias = properties.topicAlias === undefined ? '' : ` alias ${properties.topicAlias}`
    this.sent.push(`publish ${packetId} ${topic} qos ${qos}${dup ? ' dup' : ''}${alias}`)
  }

  refuse(refused: OutgoingMessage, { statement }: MqttError): void {
    this.refused.push([refused, statement])
  }

  /** What was sent since it was asked last. */
  take(): readonly string[] {
    return this.sent.splice(0)
  }
}

/** The fault of our own for which the call throws, as its code and statement. */
export function localFaultOf(call: () => unknown): readonly [number, string | undefined] {
  try {
    call()
  } catch (error) {
    if (error instanceof MqttError && error.fault === 'local') {
      return [error.reasonCode, error.statement]
    }
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

function sessionOf({ sessionPresent }: Welcome): Partial<ConnackPacket> {
  return sessionPresent === undefined ? {} : { sessionPresent }
}

function termsOf({ terms }: Welcome): Partial<ConnackPacket> {
  return terms === undefined ? {} : { properties: terms }
}
