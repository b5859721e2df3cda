/**
 * Properties from bytes (§2.2.2), driven by the table in `properties.ts`.
 *
 * One walk holds every rule. It either only checks, which is all that a PUBLISH pays for when it
 * arrives, or also collects the values into an object.
 */
import { malformed, peerFault, protocolError } from './error.ts'
import type { Carrier, PropertiesOf, PropertyKind } from './properties.ts'
import {
  CARRIER_BITS,
  carrierName,
  propertyBit,
  rowOfId,
  type PropertyBits,
  type Row,
} from './property-rows.ts'
import { propertiesTooLarge, tooManyUserProperties } from './read-limits.ts'
import type { Reader } from './reader.ts'

/**
 * Checks the properties at the reader and leaves it behind them. Returns the set of those seen.
 * @throws {MqttError}
 */
export function checkProperties(reader: Reader, carrier: Carrier): PropertyBits {
  return walk(reader, carrier, undefined)
}

/** Reads the properties at the reader; `undefined` if there are none. @throws {MqttError} */
export function readProperties<C extends Carrier>(
  reader: Reader,
  carrier: C,
): PropertiesOf<C> | undefined {
  const properties: Collected = {}
  const seen = walk(reader, carrier, properties)
  return seen === 0 ? undefined : (properties as PropertiesOf<C>)
}

type Collected = Record<string, unknown>

const AUTHENTICATION_METHOD = propertyBit('authenticationMethod')
const AUTHENTICATION_DATA = propertyBit('authenticationData')
const USER_PROPERTY = propertyBit('userProperty')

function walk(reader: Reader, carrier: Carrier, into: Collected | undefined): PropertyBits {
  const length = reader.varint()
  if (length === 0) return 0
  const packetEnd = reader.end
  const end = reader.at + length
  if (end > packetEnd) throw malformed('The properties are longer than the packet')
  const { propertyBytesMax, userPropertiesMax } = reader.limits
  if (length > propertyBytesMax) throw propertiesTooLarge(length, propertyBytesMax)
  const carrierBit = CARRIER_BITS[carrier]
  let seen: PropertyBits = 0
  let userProperties = 0
  reader.end = end
  while (reader.at < end) {
    const id = reader.byte() // A Variable Byte Integer, of which no property has a second byte.
    const row = rowOfId(id)
    if (row === undefined) throw malformed(`The property 0x${id.toString(16)} does not exist`)
    if ((row.carriers & carrierBit) === 0) throw foreign(row, carrier)
    if ((seen & row.bit) !== 0 && (row.repeatableIn & carrierBit) === 0) throw twice(row, carrier)
    seen |= row.bit
    if (row.bit === USER_PROPERTY && ++userProperties > userPropertiesMax) {
      throw tooManyUserProperties(userPropertiesMax)
    }
    if (into === undefined) skipValue(reader, row)
    else collect(into, row, carrierBit, readValue(reader, row))
  }
  reader.end = packetEnd
  if ((seen & (AUTHENTICATION_DATA | AUTHENTICATION_METHOD)) === AUTHENTICATION_DATA) {
    throw protocolError(`${carrierName(carrier)} carries authenticationData and no method`)
  }
  return seen
}

function skipValue(reader: Reader, row: Row): void {
  switch (row.kind) {
    case 'string':
      if (row.topicName) reader.topicName('MQTT-3.3.2-14')
      else reader.skipString()
      break
    case 'pair': // [MQTT-1.5.7-1]
      reader.skipString()
      reader.skipString()
      break
    case 'binary':
      reader.skipBinary()
      break
    case 'byte':
    case 'uint16':
    case 'uint32':
    case 'varint':
      readNumber(reader, row, row.kind)
  }
}

function readValue(reader: Reader, row: Row): unknown {
  switch (row.kind) {
    case 'string':
      return row.topicName ? reader.topicName('MQTT-3.3.2-14') : reader.recurringString()
    case 'pair': // [MQTT-1.5.7-1]
      return [reader.recurringString(), reader.recurringString()]
    case 'binary':
      return reader.binary()
    case 'byte':
    case 'uint16':
    case 'uint32':
    case 'varint':
    default:
      return readNumber(reader, row, row.kind)
  }
}

type NumberKind = Exclude<PropertyKind, 'string' | 'pair' | 'binary'>

function readNumber(reader: Reader, row: Row, kind: NumberKind): number {
  const value = reader[kind]()
  if (value < row.min || value > row.max) {
    throw peerFault(`The property ${row.name} may not be ${value}`, row.breach, row.statement)
  }
  return value
}

/** Keeps the order in which the values came. [MQTT-3.3.2-18] */
function collect(into: Collected, row: Row, carrierBit: number, value: unknown): void {
  if ((row.repeatableIn & carrierBit) === 0) {
    into[row.name] = value
    return
  }
  const former = into[row.name]
  if (Array.isArray(former)) former.push(value)
  else into[row.name] = [value]
}

function foreign(row: Row, carrier: Carrier): Error {
  return malformed(`${carrierName(carrier)} may not carry the property ${row.name}`)
}

function twice(row: Row, carrier: Carrier): Error {
  return protocolError(`${carrierName(carrier)} carries the property ${row.name} twice`)
}
