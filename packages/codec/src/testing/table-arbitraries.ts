/** Arbitraries that are derived from the tables of properties and Reason Codes. */
import * as fc from 'fast-check'
import { UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from '../limits.ts'
import type { ProtocolVersion } from '../packets.ts'
import { PROPERTIES } from '../properties.ts'
import type { Carrier, PropertiesOf, PropertyKind, PropertyRow } from '../properties.ts'
import { REASON_CODES } from '../reason-codes.ts'
import type { ReasonCode, ReasonCodeCarrier, ReasonCodeRow } from '../reason-codes.ts'
import { binaries, strings, topicNames } from './text-arbitraries.ts'

/** Properties that this carrier may have, none or all or any number of them. */
export function propertiesOf<C extends Carrier>(carrier: C): fc.Arbitrary<PropertiesOf<C>> {
  const rows = Object.entries<PropertyRow>(PROPERTIES).filter(([, row]) => row.in.includes(carrier))
  const model = Object.fromEntries(rows.map(([name, row]) => [name, valueOf(row, carrier)]))
  return fc
    .record(model, {
      // An AUTH needs its method (§3.15.2.2.2).
      requiredKeys: carrier === 'auth' ? ['authenticationMethod'] : [],
      noNullPrototype: true,
    })
    .map(withMethod)
    .filter(areOf(carrier))
}

/** The codes that a packet of this type may carry in this version. */
export function reasonCodesOf(
  carrier: ReasonCodeCarrier,
  version: ProtocolVersion,
): fc.Arbitrary<ReasonCode> {
  return fc.constantFrom(...reasonCodeList(carrier, version))
}

/** The same as a list, in the order of the table. */
export function reasonCodeList(
  carrier: ReasonCodeCarrier,
  version: ProtocolVersion,
): readonly ReasonCode[] {
  const rows: readonly (ReasonCodeRow & { readonly code: ReasonCode })[] =
    Object.values(REASON_CODES)
  const known = rows.filter((row) => row.in.includes(carrier) && isIn(version, carrier, row))
  return [...new Set(known.map((row) => row.code))]
}

/** Before MQTT 5.0 only CONNACK and SUBACK have codes, and fewer of them. */
function isIn(version: ProtocolVersion, carrier: ReasonCodeCarrier, row: ReasonCodeRow): boolean {
  if (version === 5 || row.code === 0) return true
  if (carrier === 'connack') return row.connackReturnCode !== undefined
  return carrier === 'suback' && (row.code <= 2 || (version === 4 && row.code === 0x80))
}

function valueOf(row: PropertyRow, carrier: Carrier): fc.Arbitrary<unknown> {
  const value = row.topicName === true ? topicNames() : VALUES[row.kind](row)
  const many = row.many?.includes(carrier) === true
  return many ? fc.array(value, { minLength: 1, maxLength: 4 }) : value
}

const VALUES: Readonly<Record<PropertyKind, (row: PropertyRow) => fc.Arbitrary<unknown>>> = {
  byte: (row) => integers(row, 0xff),
  uint16: (row) => integers(row, UINT16_MAX),
  uint32: (row) => integers(row, UINT32_MAX),
  varint: (row) => integers(row, VARIABLE_BYTE_INTEGER_MAX),
  string: () => strings(),
  binary: () => binaries(),
  pair: () => fc.tuple(strings(), strings()),
}

function integers({ min = 0, max }: PropertyRow, kindMax: number): fc.Arbitrary<number> {
  return fc.integer({ min, max: max ?? kindMax })
}

/** Authentication Data needs a method (§3.1.2.11.10). */
function withMethod(properties: Readonly<Record<string, unknown>>): object {
  const { authenticationData, ...others } = properties
  return authenticationData === undefined || 'authenticationMethod' in others ? properties : others
}

function areOf<C extends Carrier>(carrier: C): (value: object) => value is PropertiesOf<C> {
  const rows: Readonly<Record<string, PropertyRow>> = PROPERTIES
  return (value): value is PropertiesOf<C> =>
    Object.keys(value).every((name) => rows[name]?.in.includes(carrier) === true)
}
