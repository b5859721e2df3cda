/**
 * Properties to bytes (§2.2.2), driven by the table in `properties.ts`. Refuses whatever the
 * decoder of the other end would have to refuse.
 */
import { unencodable } from './error.ts'
import type { Carrier } from './properties.ts'
import { CARRIER_BITS, carrierName, rowNamed, type Row } from './property-rows.ts'
import { refuseBadTopicName, refuseNoObject } from './refusals.ts'
import type { Writer } from './writer.ts'

/** Properties of any packet, by name. */
export type AnyProperties = Readonly<Record<string, unknown>>

/** Writes a property length and properties. @throws {MqttError} for what may not be here. */
export function writeProperties(
  writer: Writer,
  carrier: Carrier,
  properties: AnyProperties | undefined,
): void {
  if (properties === undefined) {
    writer.byte(0) // [MQTT-2.2.2-1]
    return
  }
  refuseNoObject(properties, 'Properties are an object')
  const from = writer.length
  for (const name in properties) {
    const value = properties[name]
    if (value !== undefined) writeProperty(writer, carrier, name, value)
  }
  checkAuthentication(properties)
  writer.prefixLength(from)
}

/** Whether there is nothing to write. */
export function noProperties(properties: AnyProperties | undefined): boolean {
  for (const name in properties) {
    if (properties[name] !== undefined) return false
  }
  return true
}

/** Refuses properties in a version that has none. @throws {MqttError} */
export function refuseProperties(properties: AnyProperties | undefined): void {
  if (!noProperties(properties)) throw unencodable('Only MQTT 5.0 has properties', properties)
}

/**
 * Writes one property; where it may come again, the value is an array, and each item is written.
 * @throws {MqttError} for what may not stand here.
 */
export function writeProperty(
  writer: Writer,
  carrier: Carrier,
  name: string,
  value: unknown,
): void {
  const row = rowNamed(name)
  if (row === undefined) throw unencodable('A property must be one of MQTT 5.0', name)
  const carrierBit = CARRIER_BITS[carrier]
  if ((row.carriers & carrierBit) === 0) {
    throw unencodable(`${carrierName(carrier)} may not carry this property`, name)
  }
  if ((row.repeatableIn & carrierBit) === 0) {
    writeValue(writer, row, value)
    return
  }
  if (!Array.isArray(value)) throw mistyped(row, 'an array', value)
  for (const item of value) writeValue(writer, row, item)
}

function writeValue(writer: Writer, row: Row, value: unknown): void {
  writer.byte(row.id)
  switch (row.kind) {
    case 'string':
      if (typeof value !== 'string') throw mistyped(row, 'a string', value)
      if (row.topicName) refuseBadTopicName(value, 'MQTT-3.3.2-14')
      writer.string(value)
      break
    case 'pair':
      writePair(writer, row, value)
      break
    case 'binary':
      if (!(value instanceof Uint8Array)) throw mistyped(row, 'a Uint8Array', value)
      writer.binary(value)
      break
    case 'byte':
    case 'uint16':
    case 'uint32':
    case 'varint':
      if (!isWholeNumber(value, row)) {
        throw mistyped(row, `a whole number from ${row.min} to ${row.max}`, value)
      }
      writer[row.kind](value)
  }
}

function writePair(writer: Writer, row: Row, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 2) throw mistyped(row, 'a pair of strings', value)
  for (const text of value) {
    if (typeof text !== 'string') throw mistyped(row, 'a pair of strings', text)
    writer.string(text)
  }
}

function isWholeNumber(value: unknown, row: Row): value is number {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= row.min && value <= row.max
  )
}

function checkAuthentication(properties: AnyProperties): void {
  const data = properties['authenticationData']
  if (data !== undefined && properties['authenticationMethod'] === undefined) {
    throw unencodable('The property authenticationData needs authenticationMethod', undefined)
  }
}

function mistyped(row: Row, wanted: string, got: unknown): Error {
  return unencodable(`The property ${row.name} must be ${wanted}`, got, row.statement)
}
