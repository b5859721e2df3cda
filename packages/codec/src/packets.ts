/**
 * The fifteen Control Packets as plain readonly objects, told apart by `type` (§2.1.2). No
 * behaviour. A field that is absent is absent on the wire; a field that a version lacks has the
 * value that version implies (`cleanStart` is Clean Session in MQTT 3.1 and 3.1.1).
 */
import type { PropertiesOf } from './properties.ts'
import type { ReasonCode } from './reason-codes.ts'

/** Quality of Service: at most once, at least once, exactly once (§4.3). */
export type QoS = 0 | 1 | 2

/** The Protocol Level of a connection: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0 (§3.1.2.2). */
export type ProtocolVersion = 3 | 4 | 5

/** 1 to 65,535, and 0 for none in a PUBLISH of QoS 0 (§2.2.1). */
export type PacketIdentifier = number

/** The message a server publishes for a client that is gone (§3.1.2.5). */
export interface WillMessage {
  /** A Topic Name: at least one character, no wildcards. */
  readonly topic: string
  /** At most 65,535 bytes. */
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties?: PropertiesOf<'will'>
}

/** CONNECT: a client asks for a session (§3.1). */
export interface ConnectPacket {
  readonly type: 'connect'
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly cleanStart: boolean
  /** Seconds, 0 to 65,535; 0 turns the mechanism off. */
  readonly keepAlive: number
  readonly will?: WillMessage
  readonly username?: string
  readonly password?: Uint8Array
  readonly properties?: PropertiesOf<'connect'>
}

/** CONNACK: the server's answer to CONNECT (§3.2). */
export interface ConnackPacket {
  readonly type: 'connack'
  /** Always false in MQTT 3.1, which has no such flag. */
  readonly sessionPresent: boolean
  readonly reasonCode: ReasonCode
  readonly properties?: PropertiesOf<'connack'>
}

/** PUBLISH: an Application Message on its way (§3.3). */
export interface PublishPacket {
  readonly type: 'publish'
  /** A Topic Name; empty only in MQTT 5.0 beside a Topic Alias. */
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly dup: boolean
  /** 0 exactly when `qos` is 0. */
  readonly packetId: PacketIdentifier
  readonly properties?: PropertiesOf<'publish'>
}

/** The packets that complete a QoS 1 or QoS 2 exchange. */
export type AcknowledgementType = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'

interface Acknowledgement<T extends AcknowledgementType> {
  readonly type: T
  readonly packetId: PacketIdentifier
  /** Always Success in MQTT 3.1 and 3.1.1, which have no codes here. */
  readonly reasonCode: ReasonCode
  readonly properties?: PropertiesOf<T>
}

/** PUBACK: a QoS 1 message was taken (§3.4). */
export type PubackPacket = Acknowledgement<'puback'>
/** PUBREC: a QoS 2 message was taken, part 1 (§3.5). */
export type PubrecPacket = Acknowledgement<'pubrec'>
/** PUBREL: its sender lets go of the Packet Identifier, part 2 (§3.6). */
export type PubrelPacket = Acknowledgement<'pubrel'>
/** PUBCOMP: the exchange is complete, part 3 (§3.7). */
export type PubcompPacket = Acknowledgement<'pubcomp'>
/** Any of the four. */
export type AcknowledgementPacket = Acknowledgement<AcknowledgementType>

/** One Topic Filter of a SUBSCRIBE with its Subscription Options (§3.8.3.1). */
export interface Subscription {
  readonly filter: string
  /** The highest QoS at which the client wants to be sent messages. */
  readonly qos: QoS
  /** MQTT 5.0 only; false before. */
  readonly noLocal: boolean
  /** MQTT 5.0 only; false before. */
  readonly retainAsPublished: boolean
  /** MQTT 5.0 only: 0 sends Retained Messages, 1 if the subscription is new, 2 none; 0 before. */
  readonly retainHandling: 0 | 1 | 2
}

/** SUBSCRIBE: one or more Topic Filters (§3.8). */
export interface SubscribePacket {
  readonly type: 'subscribe'
  readonly packetId: PacketIdentifier
  readonly subscriptions: readonly Subscription[]
  readonly properties?: PropertiesOf<'subscribe'>
}

/** SUBACK: one Reason Code for each Topic Filter, in order (§3.9). */
export interface SubackPacket {
  readonly type: 'suback'
  readonly packetId: PacketIdentifier
  /** MQTT 3.1.1 knows 0x00, 0x01, 0x02 and 0x80; MQTT 3.1 has no 0x80. */
  readonly reasonCodes: readonly ReasonCode[]
  readonly properties?: PropertiesOf<'suback'>
}

/** UNSUBSCRIBE: one or more Topic Filters (§3.10). */
export interface UnsubscribePacket {
  readonly type: 'unsubscribe'
  readonly packetId: PacketIdentifier
  readonly filters: readonly string[]
  readonly properties?: PropertiesOf<'unsubscribe'>
}

/** UNSUBACK: one Reason Code for each Topic Filter, in order (§3.11). */
export interface UnsubackPacket {
  readonly type: 'unsuback'
  readonly packetId: PacketIdentifier
  /** Empty in MQTT 3.1 and 3.1.1, which have no codes here. */
  readonly reasonCodes: readonly ReasonCode[]
  readonly properties?: PropertiesOf<'unsuback'>
}

/** PINGREQ: the client is alive (§3.12). */
export interface PingreqPacket {
  readonly type: 'pingreq'
}

/** PINGRESP: so is the server (§3.13). */
export interface PingrespPacket {
  readonly type: 'pingresp'
}

/** DISCONNECT: the last packet of a connection; in MQTT 5.0 either end may send it (§3.14). */
export interface DisconnectPacket {
  readonly type: 'disconnect'
  /** Always Normal disconnection in MQTT 3.1 and 3.1.1, which have no codes here. */
  readonly reasonCode: ReasonCode
  readonly properties?: PropertiesOf<'disconnect'>
}

/** AUTH: a step of an enhanced authentication, MQTT 5.0 only (§3.15). */
export interface AuthPacket {
  readonly type: 'auth'
  readonly reasonCode: ReasonCode
  readonly properties?: PropertiesOf<'auth'>
}

/** Any Control Packet. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AcknowledgementPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket

/** Whether a number is a QoS: the 3 that two bits can also hold is not. */
export function isQoS(value: number): value is QoS {
  return value === 0 || value === 1 || value === 2
}

/** Whether a number is a protocol level that this package speaks. */
export function isProtocolVersion(value: number): value is ProtocolVersion {
  return value === 3 || value === 4 || value === 5
}
