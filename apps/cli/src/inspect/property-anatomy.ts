/** Properties (§2.2.2): the table of `@godwit/codec` read once more, with an eye on the bytes. */
import { PROPERTIES } from '@godwit/codec'
import type { Carrier, PropertyName, PropertyRow } from '@godwit/codec'
import type { ByteRange, FieldValue } from './field.ts'
import type { FieldReader } from './field-reader.ts'
import { propertyMeaning } from './property-meaning.ts'

/** Reads the properties of a packet, or of a Will Message; gives the names of those seen. */
export function readProperties(reader: FieldReader, carrier: Carrier): ReadonlySet<PropertyName> {
  const seen = new Set<PropertyName>()
  let data: ByteRange | undefined
  reader.group(carrier === 'will' ? 'Will Properties' : 'Properties', () => {
    const lengthAt = reader.at
    const length = reader.varint()
    if (length > reader.left) reader.fault(lengthAt)
    reader.keep('Property Length', lengthAt, length)
    const packetEnd = reader.end
    reader.end = reader.at + length
    while (reader.left > 0) {
      const at = reader.at
      const name = readProperty(reader, carrier, seen)
      if (name === 'authenticationData') data = { at, length: reader.at - at }
    }
    reader.end = packetEnd
  })
  if (data !== undefined && !seen.has('authenticationMethod')) reader.fault(data.at, data.length)
  return seen
}

/** What the specification calls a property: `Message Expiry Interval`. */
function propertyTitle(name: PropertyName): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll(/(?<=[a-z])[A-Z]/g, ' $&')
}

interface NamedRow {
  readonly name: PropertyName
  readonly row: PropertyRow
}

const ROWS: ReadonlyMap<number, NamedRow> = new Map(
  Object.entries<PropertyRow>(PROPERTIES).flatMap(([name, row]) =>
    isPropertyName(name) ? [[row.id, { name, row }] as const] : [],
  ),
)

function isPropertyName(name: string): name is PropertyName {
  return Object.hasOwn(PROPERTIES, name)
}

function readProperty(
  reader: FieldReader,
  carrier: Carrier,
  seen: Set<PropertyName>,
): PropertyName {
  const from = reader.at
  const found = ROWS.get(reader.byte())
  if (found?.row.in.includes(carrier) !== true) reader.fault(from)
  const { name, row } = found
  const many = row.many?.includes(carrier) === true
  if (seen.has(name) && !many) reader.fault(from)
  seen.add(name)
  const value = readValue(reader, row)
  const meaning = propertyMeaning(name, value)
  const label = { name: propertyTitle(name), ...(many && { many }) }
  reader.keep(meaning === undefined ? label : { ...label, meaning }, from, value)
  return name
}

function readValue(reader: FieldReader, row: PropertyRow): FieldValue {
  const from = reader.at
  switch (row.kind) {
    case 'string': {
      const text = reader.text(row.topicName === true ? 'topic' : 'string')
      return row.topicName === true && text === '' ? reader.fault(from) : text
    }
    case 'pair':
      return [reader.text(), reader.text()]
    case 'binary':
      return reader.binary()
    case 'byte':
    case 'uint16':
    case 'uint32':
    case 'varint':
    default: {
      const value = reader[row.kind]()
      const { min = 0, max = Infinity } = row
      return value < min || value > max ? reader.fault(from) : value
    }
  }
}
