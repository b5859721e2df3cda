/** CONNECT and CONNACK (§3.1, §3.2), in all three versions. */
import { isProtocolVersion, isQoS, reasonCodeName } from '@godwit/codec'
import type { ProtocolVersion, ReasonCode } from '@godwit/codec'
import type { FieldReader } from './field-reader.ts'
import { VERSION_NAMES } from './packet-type.ts'
import { readProperties } from './property-anatomy.ts'
import { readReasonCode } from './reason-anatomy.ts'

const USERNAME = 0x80
const PASSWORD = 0x40
const WILL_RETAIN = 0x20
const WILL_QOS = 0x18
const WILL_QOS_SHIFT = 3
const WILL = 0x04
const CLEAN_START = 0x02
const RESERVED = 0x01

/** Reads the body of a CONNECT, which says itself which version it is of. */
export function readConnect(reader: FieldReader): void {
  const version = readVersion(reader)
  const flagsAt = reader.at
  const flags = readConnectFlags(reader, version)
  const keepAliveAt = reader.at
  const keepAlive = reader.uint16()
  const meaning = keepAlive === 0 ? 'off' : 'seconds'
  reader.keep({ name: 'Keep Alive', meaning }, keepAliveAt, keepAlive)
  if (version === 5) readProperties(reader, 'connect')
  keepText(reader, 'Client Identifier')
  if ((flags & WILL) !== 0) readWill(reader, flags, flagsAt, version)
  if (hasField(reader, flags, USERNAME, version)) keepText(reader, 'User Name')
  if (hasField(reader, flags, PASSWORD, version)) {
    const from = reader.at
    reader.keep('Password', from, reader.binary())
  }
  reader.done()
}

/** Reads the body of a CONNACK. */
export function readConnack(reader: FieldReader, version: ProtocolVersion): void {
  const flagsAt = reader.at
  const flags = reader.byte()
  if (version !== 3 && (flags & 0xfe) !== 0) reader.fault(flagsAt)
  const sessionPresent = version !== 3 && flags === 1
  if (version === 3) reader.keepBits('Reserved', flagsAt, flags)
  else reader.keepBits('Session Present', flagsAt, sessionPresent)
  // A server that knows no MQTT 5.0 says so in the terms of the version that it knows.
  const isOlder = version !== 5 || (flags === 0 && reader.isLast(UNACCEPTABLE_PROTOCOL_VERSION))
  const code = isOlder ? readReturnCode(reader) : readReasonCode(reader, 'connack')
  if (sessionPresent && code !== 0) reader.fault(flagsAt)
  if (!isOlder) readProperties(reader, 'connack')
  reader.done()
}

function readVersion(reader: FieldReader): ProtocolVersion {
  const nameAt = reader.at
  const name = reader.text()
  const levelAt = reader.at
  const level = reader.byte()
  if (name !== 'MQTT' && name !== 'MQIsdp') reader.fault(nameAt, levelAt - nameAt)
  reader.keepRange('Protocol Name', { at: nameAt, length: levelAt - nameAt }, name)
  if (!isProtocolVersion(level) || (level === 3) !== (name === 'MQIsdp')) reader.fault(levelAt)
  const meaning = `MQTT ${VERSION_NAMES[level]}`
  reader.keep({ name: 'Protocol Version', meaning }, levelAt, level)
  return level
}

function readConnectFlags(reader: FieldReader, version: ProtocolVersion): number {
  const at = reader.at
  const flags = reader.byte()
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (has(RESERVED)) reader.fault(at)
  if (!has(WILL) && version !== 3 && has(WILL_QOS | WILL_RETAIN)) reader.fault(at)
  if (version !== 5 && has(PASSWORD) && !has(USERNAME)) reader.fault(at)
  const bits: readonly (readonly [string, boolean | number])[] = [
    ['User Name Flag', has(USERNAME)],
    ['Password Flag', has(PASSWORD)],
    ['Will Retain', has(WILL_RETAIN)],
    ['Will QoS', (flags & WILL_QOS) >> WILL_QOS_SHIFT],
    ['Will Flag', has(WILL)],
    [version === 5 ? 'Clean Start' : 'Clean Session', has(CLEAN_START)],
  ]
  for (const [name, value] of bits) reader.keepBits(name, at, value)
  return flags
}

function readWill(
  reader: FieldReader,
  flags: number,
  flagsAt: number,
  version: ProtocolVersion,
): void {
  if (!isQoS((flags & WILL_QOS) >> WILL_QOS_SHIFT)) reader.fault(flagsAt, 1)
  if (version === 5) readProperties(reader, 'will')
  const topicAt = reader.at
  const topic = reader.text('topic')
  if (topic === '') reader.fault(topicAt)
  reader.keep('Will Topic', topicAt, topic)
  const payloadAt = reader.at
  reader.keep('Will Payload', payloadAt, reader.binary())
}

/** In MQTT 3.1 a flag may stand without its field. */
function hasField(
  reader: FieldReader,
  flags: number,
  flag: number,
  version: ProtocolVersion,
): boolean {
  return (flags & flag) !== 0 && (version !== 3 || reader.left > 0)
}

function keepText(reader: FieldReader, name: string): void {
  const from = reader.at
  reader.keep(name, from, reader.text())
}

/** What MQTT 3.1 and 3.1.1 have for a Reason Code: 0 to 5. */
function readReturnCode(reader: FieldReader): number {
  const from = reader.at
  const code = reader.byte()
  const reasonCode = RETURN_CODES[code]
  if (reasonCode === undefined) return reader.fault(from)
  const meaning = reasonCodeName(reasonCode, 'connack')
  reader.keep({ name: 'Connect Return code', meaning }, from, code)
  return code
}

const UNACCEPTABLE_PROTOCOL_VERSION = 1

/** MQTT 3.1.1 §3.2.2.3. */
const RETURN_CODES: readonly ReasonCode[] = [0x00, 0x84, 0x85, 0x88, 0x86, 0x87]
