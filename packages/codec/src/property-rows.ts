/**
 * The table of properties made ready for the walk over bytes: sets become bits, absent cells get
 * their meaning. Made once, when the module is loaded.
 */
import { UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from './limits.ts'
import {
  PROPERTIES,
  type Carrier,
  type PropertyKind,
  type PropertyName,
  type PropertyRow,
} from './properties.ts'
import { ReasonCode } from './reason-codes.ts'

/** A row of the table, made ready. */
export interface Row {
  readonly name: string
  readonly id: number
  readonly kind: PropertyKind
  /** This property in a set of properties. */
  readonly bit: number
  /** Those who may carry it, as a set of {@link CARRIER_BITS}. */
  readonly carriers: number
  /** Those where it may come again, likewise. */
  readonly repeatableIn: number
  readonly min: number
  readonly max: number
  /** The Reason Code for a value out of range. */
  readonly breach: ReasonCode
  /** The statement that such a value breaks. */
  readonly statement: string | undefined
  readonly topicName: boolean
}

/** Each carrier as one bit. */
export const CARRIER_BITS: Readonly<Record<Carrier, number>> = {
  connect: 1 << 0,
  connack: 1 << 1,
  publish: 1 << 2,
  will: 1 << 3,
  puback: 1 << 4,
  pubrec: 1 << 5,
  pubrel: 1 << 6,
  pubcomp: 1 << 7,
  subscribe: 1 << 8,
  suback: 1 << 9,
  unsubscribe: 1 << 10,
  unsuback: 1 << 11,
  disconnect: 1 << 12,
  auth: 1 << 13,
}

/** The row of a property by its name, or `undefined` for a name that is none. */
export function rowNamed(name: string): Row | undefined {
  return ROWS_BY_NAME.get(name)
}

/** The row of a property by its identifier on the wire, likewise. */
export function rowOfId(id: number): Row | undefined {
  return ROWS_BY_ID[id]
}

/** A set of properties, a bit each: there are 27. */
export type PropertyBits = number

/** The set that holds this one property, or none for a name that is none. */
export function propertyBit(name: PropertyName): PropertyBits {
  return ROWS_BY_NAME.get(name)?.bit ?? 0
}

/** How a sentence calls a carrier. */
export function carrierName(carrier: Carrier): string {
  return carrier === 'will' ? 'A Will Message' : carrier.toUpperCase()
}

const KIND_MAX: Readonly<Record<PropertyKind, number>> = {
  byte: 0xff,
  uint16: UINT16_MAX,
  uint32: UINT32_MAX,
  varint: VARIABLE_BYTE_INTEGER_MAX,
  string: 0,
  binary: 0,
  pair: 0,
}

const ROWS: readonly Row[] = Object.entries<PropertyRow>(PROPERTIES).map(rowOf)
const ROWS_BY_NAME: ReadonlyMap<string, Row> = new Map(ROWS.map((row) => [row.name, row]))
const ROWS_BY_ID: readonly (Row | undefined)[] = byId(ROWS)

function rowOf([name, cells]: [string, PropertyRow], index: number): Row {
  return {
    name,
    id: cells.id,
    kind: cells.kind,
    bit: 1 << index,
    carriers: bitsOf(cells.in),
    repeatableIn: bitsOf(cells.many ?? []),
    min: cells.min ?? 0,
    max: cells.max ?? KIND_MAX[cells.kind],
    breach: cells.breach ?? ReasonCode.ProtocolError,
    statement: cells.statement,
    topicName: cells.topicName ?? false,
  }
}

function bitsOf(carriers: readonly Carrier[]): number {
  return carriers.reduce((bits, carrier) => bits | CARRIER_BITS[carrier], 0)
}

/** A list without holes, long enough for every identifier of one byte. */
function byId(rows: readonly Row[]): readonly (Row | undefined)[] {
  const list: (Row | undefined)[] = Array.from({ length: 0x80 })
  for (const row of rows) list[row.id] = row
  return list
}
