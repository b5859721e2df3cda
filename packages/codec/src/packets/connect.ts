/**
 * CONNECT (§3.1), in all three versions: it is the packet that says which version follows.
 *
 *     "MQTT" or "MQIsdp" | level | connect flags | keep alive | properties (5.0)
 *     client id | will properties (5.0), will topic, will payload | user name | password
 *
 * connect flags: 7 user name, 6 password, 5 will retain, 4-3 will QoS, 2 will, 1 clean start, 0: 0
 */
import { malformed, peerFault, unencodable } from '../error.ts'
import { isProtocolVersion, isQoS } from '../packets.ts'
import type { ConnectPacket, ProtocolVersion, WillMessage } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { flagIf, refuseBadTopicName, refuseNoObject } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import { ReasonCode } from '../reason-codes.ts'
import type { Writer } from '../writer.ts'

const USERNAME = 0x80
const PASSWORD = 0x40
const WILL_RETAIN = 0x20
const WILL_QOS = 0x18
const WILL_QOS_SHIFT = 3
const WILL = 0x04
const CLEAN_START = 0x02
const RESERVED = 0x01

/**
 * Reads the protocol name and level, with which the body of a CONNECT begins. [MQTT-3.1.2-1]
 * [MQTT-3.1.2-2] @throws {MqttError} 0x84 for a protocol that is not spoken here.
 */
export function readVersion(reader: Reader): ProtocolVersion {
  const name = reader.recurringString()
  const level = reader.byte()
  if (name !== 'MQTT' && name !== 'MQIsdp') {
    throw unsupported('The protocol name is neither MQTT nor MQIsdp', 'MQTT-3.1.2-1')
  }
  if (!isProtocolVersion(level) || (level === 3) !== (name === 'MQIsdp')) {
    throw unsupported(`The protocol ${name} has no level ${level} here`, 'MQTT-3.1.2-2')
  }
  return level
}

/** Reads the body of a CONNECT behind its version. @throws {MqttError} */
export function readConnect(reader: Reader, version: ProtocolVersion): ConnectPacket {
  const flags = reader.byte()
  checkFlags(flags, version)
  const keepAlive = reader.uint16()
  const properties = version === 5 ? readProperties(reader, 'connect') : undefined
  const clientId = reader.string() // [MQTT-3.1.3-3] [MQTT-3.1.3-4]
  const will = (flags & WILL) !== 0 ? readWill(reader, flags, version) : undefined
  const username = hasField(reader, flags, USERNAME, version) ? reader.string() : undefined
  const password = hasField(reader, flags, PASSWORD, version) ? reader.binary() : undefined
  reader.done() // [MQTT-3.1.2-16] [MQTT-3.1.2-18]
  const cleanStart = (flags & CLEAN_START) !== 0
  const packet: Mutable<ConnectPacket> = {
    type: 'connect',
    version,
    clientId,
    cleanStart,
    keepAlive,
  }
  if (will !== undefined) packet.will = will
  if (username !== undefined) packet.username = username
  if (password !== undefined) packet.password = password
  if (properties !== undefined) packet.properties = properties
  return packet
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Writes the body of a CONNECT. @throws {MqttError} for what its version cannot say. */
export function writeConnect(writer: Writer, packet: ConnectPacket): void {
  const { version, will, username, password } = packet
  writer.string(version === 3 ? 'MQIsdp' : 'MQTT')
  writer.byte(version)
  writer.byte(flagsOf(packet))
  writer.uint16(packet.keepAlive)
  if (version === 5) writeProperties(writer, 'connect', packet.properties)
  else refuseProperties(packet.properties)
  writer.string(packet.clientId) // [MQTT-3.1.3-1]
  if (will !== undefined) writeWill(writer, will, version)
  if (username !== undefined) writer.string(username)
  if (password !== undefined) writer.binary(password)
}

function unsupported(message: string, statement: string): Error {
  return peerFault(message, ReasonCode.UnsupportedProtocolVersion, statement)
}

function checkFlags(flags: number, version: ProtocolVersion): void {
  if ((flags & RESERVED) !== 0) {
    throw malformed('The reserved connect flag is set', 'MQTT-3.1.2-3')
  }
  // MQTT 3.1 has the other will flags disregarded where there is no Will.
  if ((flags & WILL) === 0 && version !== 3) {
    if ((flags & WILL_QOS) !== 0)
      throw malformed('There is a Will QoS without a Will', 'MQTT-3.1.2-11')
    if ((flags & WILL_RETAIN) !== 0) {
      throw malformed('There is a Will Retain without a Will', 'MQTT-3.1.2-13')
    }
  }
  if (version !== 5 && (flags & PASSWORD) !== 0 && (flags & USERNAME) === 0) {
    throw malformed('There is a password without a user name', 'MQTT311-3.1.2-22')
  }
}

function readWill(reader: Reader, flags: number, version: ProtocolVersion): WillMessage {
  const qos = (flags >> WILL_QOS_SHIFT) & 3
  if (!isQoS(qos)) throw malformed('The Will QoS is 3', 'MQTT-3.1.2-12')
  const properties = version === 5 ? readProperties(reader, 'will') : undefined
  const topic = reader.topicName('MQTT-4.7.0-1') // [MQTT-3.1.3-11]
  const payload = reader.binary()
  const retain = (flags & WILL_RETAIN) !== 0
  return properties === undefined
    ? { topic, payload, qos, retain }
    : { topic, payload, qos, retain, properties }
}

/**
 * MQTT 3.1 lets a flag stand without its field: there the Remaining Length decides (MQTT 3.1,
 * CONNECT, "User name and password flags").
 */
function hasField(reader: Reader, flags: number, flag: number, version: ProtocolVersion): boolean {
  return (flags & flag) !== 0 && (version !== 3 || reader.left > 0)
}

function flagsOf(packet: ConnectPacket): number {
  const { will, username, password, cleanStart } = packet
  if (packet.version !== 5 && password !== undefined && username === undefined) {
    throw unencodable('A password needs a user name', undefined, 'MQTT311-3.1.2-22')
  }
  let flags = flagIf(cleanStart, CLEAN_START)
  if (username !== undefined) flags |= USERNAME
  if (password !== undefined) flags |= PASSWORD
  if (will !== undefined) {
    refuseNoObject(will, 'A Will Message is an object')
    if (!isQoS(will.qos)) throw unencodable('A Will QoS is 0, 1 or 2', will.qos, 'MQTT-3.1.2-12')
    flags |= WILL | (will.qos << WILL_QOS_SHIFT) | flagIf(will.retain, WILL_RETAIN)
  }
  return flags
}

function writeWill(writer: Writer, will: WillMessage, version: ProtocolVersion): void {
  if (version === 5) writeProperties(writer, 'will', will.properties)
  else refuseProperties(will.properties)
  refuseBadTopicName(will.topic, 'MQTT-4.7.0-1')
  writer.string(will.topic)
  writer.binary(will.payload)
}
