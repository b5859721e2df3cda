/** SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (§3.8 to §3.11). */
import { isQoS } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import type { FieldReader } from './field-reader.ts'
import { readProperties } from './property-anatomy.ts'
import { readReasonCode } from './reason-anatomy.ts'

/** Reads the body of a SUBSCRIBE. */
export function readSubscribe(reader: FieldReader, version: ProtocolVersion): void {
  reader.packetIdentifier()
  if (version === 5) readProperties(reader, 'subscribe')
  if (reader.left === 0) reader.fault(reader.at - 1, 1)
  while (reader.left > 0) {
    reader.group({ name: 'Subscription', many: true }, () => readSubscription(reader, version))
  }
}

/** Reads the body of a SUBACK. */
export function readSuback(reader: FieldReader, version: ProtocolVersion): void {
  reader.packetIdentifier()
  if (version === 5) readProperties(reader, 'suback')
  if (reader.left === 0) reader.fault(reader.at - 1, 1)
  const codesAt = reader.at
  while (reader.left > 0) readReasonCode(reader, 'suback', { many: true })
  if (version === 5) return
  const codes = reader.bytes.subarray(codesAt, reader.at)
  const newer = codes.findIndex((code) => code > 2 && !(version === 4 && code === 0x80))
  if (newer !== -1) reader.fault(codesAt + newer, 1)
}

/** Reads the body of an UNSUBSCRIBE. */
export function readUnsubscribe(reader: FieldReader, version: ProtocolVersion): void {
  reader.packetIdentifier()
  if (version === 5) readProperties(reader, 'unsubscribe')
  if (reader.left === 0) reader.fault(reader.at - 1, 1)
  while (reader.left > 0) {
    const from = reader.at
    reader.keep({ name: 'Topic Filter', many: true }, from, reader.text())
  }
}

/** Reads the body of an UNSUBACK. */
export function readUnsuback(reader: FieldReader, version: ProtocolVersion): void {
  reader.packetIdentifier()
  if (version !== 5) return reader.done()
  readProperties(reader, 'unsuback')
  if (reader.left === 0) reader.fault(reader.at - 1, 1)
  while (reader.left > 0) readReasonCode(reader, 'unsuback', { many: true })
}

const NO_LOCAL = 0x04
const RETAIN_AS_PUBLISHED = 0x08

function readSubscription(reader: FieldReader, version: ProtocolVersion): void {
  const from = reader.at
  reader.keep('Topic Filter', from, reader.text())
  const at = reader.at
  const options = reader.byte()
  const qos = options & 3
  const retainHandling = (options >> 4) & 3
  const reserved = version === 5 ? 0xc0 : 0xfc
  if ((options & reserved) !== 0 || !isQoS(qos) || retainHandling === 3) reader.fault(at)
  if (version !== 5) return reader.keep('Requested QoS', at, qos)
  reader.keep('Maximum QoS', at, qos)
  reader.keep('No Local', at, (options & NO_LOCAL) !== 0)
  reader.keep('Retain As Published', at, (options & RETAIN_AS_PUBLISHED) !== 0)
  const meaning = RETAIN_HANDLINGS[retainHandling]
  const label = { name: 'Retain Handling', ...(meaning !== undefined && { meaning }) }
  reader.keep(label, at, retainHandling)
}

/** When Retained Messages are sent (§3.8.3.1). */
const RETAIN_HANDLINGS = ['at every subscribe', 'if the subscription is new', 'never']
