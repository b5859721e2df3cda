// The table of properties (§2.2.2.2), against the specification's own, and every cell of it in
// bytes: who may carry it, how often, and which values.

import { describe, expect, it } from 'vitest'
import { encode, MqttError, PROPERTIES } from '../src/index.ts'
import type { Carrier, Packet, PropertyRow } from '../src/index.ts'
import { bytesOf, decodeChunks } from '../src/testing/index.ts'
import { encodingRefusal, refusalBy, unencodableBy } from './refusal.ts'

const ROWS = Object.entries<PropertyRow>(PROPERTIES)
const CARRIERS = [
  'connect',
  'connack',
  'publish',
  'will',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'disconnect',
  'auth',
] as const

/** Table 2-4 turned round: the identifiers of each packet. */
const IDS_OF: Readonly<Record<Carrier, string>> = {
  connect: '11 15 16 17 19 21 22 26 27',
  connack: '11 12 13 15 16 1a 1c 1f 21 22 24 25 26 27 28 29 2a',
  publish: '01 02 03 08 09 0b 23 26',
  will: '01 02 03 08 09 18 26',
  puback: '1f 26',
  pubrec: '1f 26',
  pubrel: '1f 26',
  pubcomp: '1f 26',
  subscribe: '0b 26',
  suback: '1f 26',
  unsubscribe: '26',
  unsuback: '1f 26',
  disconnect: '11 1c 1f 26',
  auth: '15 16 1f 26',
}

const KINDS_OF = {
  byte: '01 17 19 24 25 28 29 2a',
  uint16: '13 21 22 23',
  uint32: '02 11 18 27',
  varint: '0b',
  string: '03 08 12 15 1a 1c 1f',
  binary: '09 16',
  pair: '26',
}

describe('the table of properties', () => {
  it('has the 27 properties of the specification, each once', () => {
    expect(ROWS).toHaveLength(27)
    expect(new Set(ROWS.map(([, { id }]) => id)).size).toBe(27)
  })

  it.each(CARRIERS)('has the properties of %s', (carrier) => {
    expect(idsWhere((row) => row.in.includes(carrier))).toBe(IDS_OF[carrier])
  })

  it.each(Object.entries(KINDS_OF))('has the properties that are a %s', (kind, ids) => {
    expect(idsWhere((row) => row.kind === kind)).toBe(ids)
  })

  it('lets User Property stand more than once everywhere, one other in PUBLISH, and no more', () => {
    const many = ROWS.filter(([, row]) => row.many !== undefined)
    expect(many.map(([name, row]) => [name, row.many])).toEqual([
      ['subscriptionIdentifier', ['publish']],
      ['userProperty', PROPERTIES.userProperty.in],
    ])
  })

  it('has the least and the greatest values', () => {
    expect(idsWhere(({ max }) => max === 1)).toBe(KINDS_OF.byte)
    expect(idsWhere(({ min }) => min === 1)).toBe('0b 21 23 27')
  })
})

describe.each(CARRIERS)('the properties of %s', (carrier) => {
  it.each(ROWS)('are %s or not, as the table says', (name, row) => {
    const allowed = needsMore(carrier, name) ? 0x82 : [name]
    const bytes = withProperties(carrier, wire(row))
    expect(outcomeOf(bytes, carrier)).toEqual(row.in.includes(carrier) ? allowed : 0x81)
  })

  it.each(ROWS.filter(([, row]) => row.in.includes(carrier)))(
    'have %s once or more often, as the table says',
    (name, row) => {
      const many = row.many?.includes(carrier) === true && !needsMore(carrier, name)
      const bytes = withProperties(carrier, [...wire(row), ...wire(row)])
      expect(outcomeOf(bytes, carrier)).toEqual(many ? [name, name] : 0x82)
    },
  )
})

describe('the values of properties', () => {
  const RANGED = ROWS.filter(([, { min, max }]) => min !== undefined || max !== undefined)

  it.each(RANGED)('of %s are refused out of range, in both directions', (name, row) => {
    const carrier = row.in[0]!
    const out = row.max === undefined ? 0 : 2
    const { breach = 0x82, statement } = row
    const bytes = withProperties(carrier, [row.id, ...number(row, out)])
    expect(refusalBy(() => decodeChunks([bytes]))).toEqual({
      fault: 'peer',
      reasonCode: breach,
      statement,
    })
    const value = row.many?.includes(carrier) === true ? [out] : out
    expect(encodingRefusal(packetOf(carrier, { [name]: value }), 5)).toEqual(
      unencodableBy(statement),
    )
  })

  it.each([
    ['contentType', 7],
    ['contentType', null],
    ['correlationData', 'text'],
    ['correlationData', [1]],
    ['correlationData', new Uint8Array(65_536)],
    ['messageExpiryInterval', '60'],
    ['messageExpiryInterval', 1.5],
    ['messageExpiryInterval', -1],
    ['messageExpiryInterval', 4_294_967_296],
    ['messageExpiryInterval', Number.NaN],
    ['payloadFormatIndicator', true],
    ['subscriptionIdentifier', 7],
    ['subscriptionIdentifier', [268_435_456]],
    ['userProperty', { a: 'b' }],
    ['userProperty', ['a', 'b']],
    ['userProperty', [['a']]],
    ['userProperty', [['a', 'b', 'c']]],
    ['userProperty', [['a', 7]]],
    ['noSuchProperty', 1],
    ['toString', 1],
    ['receiveMaximum', 1],
  ])('%s may not be %o', (name, value) => {
    expect(encodingRefusal(packetOf('publish', { [name]: value }), 5)).toEqual(unencodableBy())
  })

  it('may not be a Response Topic that is no Topic Name [MQTT-3.3.2-14]', () => {
    expect(encodingRefusal(packetOf('publish', { responseTopic: 'a/+' }), 5)).toEqual(
      unencodableBy('MQTT-3.3.2-14'),
    )
    expect(encodingRefusal(packetOf('publish', { responseTopic: '' }), 5)).toEqual(
      unencodableBy('MQTT-4.7.3-1'),
    )
  })

  it('may not be Authentication Data without a method', () => {
    const properties = { authenticationData: bytesOf('00') }
    expect(encodingRefusal(packetOf('connect', properties), 5)).toEqual(unencodableBy())
  })

  it.each([null, 7, 'text', true])('may not be %j for all of them', (properties) => {
    expect(encodingRefusal({ ...packetOf('publish', {}), properties }, 5)).toEqual(unencodableBy())
  })

  it('are left out where they are undefined', () => {
    const packet = packetOf('publish', { contentType: undefined })
    expect(encode(packet, 5)).toEqual(encode(packetOf('publish', {}), 5))
    expect(encode(packet, 4)).toEqual(encode(packetOf('publish', {}), 4))
  })
})

function idsWhere(condition: (row: PropertyRow) => boolean): string {
  const rows = ROWS.filter(([, row]) => condition(row))
  return rows.map(([, { id }]) => id.toString(16).padStart(2, '0')).join(' ')
}

/** Authentication Data needs a method; and an AUTH needs one in any case. */
function needsMore(carrier: Carrier, name: string): boolean {
  return name === 'authenticationData' || (carrier === 'auth' && name !== 'authenticationMethod')
}

/** The smallest property of this row: the value 1, "a", one byte, or two empty strings. */
function wire(row: PropertyRow): number[] {
  switch (row.kind) {
    case 'string':
      return [row.id, 0, 1, 0x61]
    case 'binary':
      return [row.id, 0, 1, 0x61]
    case 'pair':
      return [row.id, 0, 0, 0, 0]
    case 'byte':
    case 'uint16':
    case 'uint32':
    case 'varint':
    default:
      return [row.id, ...number(row, 1)]
  }
}

function number(row: PropertyRow, value: number): number[] {
  const zeros = { byte: 0, uint16: 1, uint32: 3, varint: 0, string: 0, binary: 0, pair: 0 }
  return [...Array.from({ length: zeros[row.kind] }, () => 0), value]
}

/** A packet of MQTT 5.0 that carries these bytes for properties. */
function withProperties(carrier: Carrier, properties: readonly number[]): Uint8Array {
  const [first, ...parts] = TEMPLATES[carrier].split('|').map((hex) => [...bytesOf(hex)])
  const [before = [], after = []] = parts
  const body = [...before, properties.length, ...properties, ...after]
  return Uint8Array.of(...first!, body.length, ...body)
}

/** First byte | what is before the property length | what is behind the properties. */
const TEMPLATES: Readonly<Record<Carrier, string>> = {
  connect: '10 | 00044d515454 05 02 0000 | 0000',
  will: '10 | 00044d515454 05 06 0000 00 0000 | 0001 77 0000',
  connack: '20 | 00 00 |',
  publish: '30 | 0001 61 |',
  puback: '40 | 0001 00 |',
  pubrec: '50 | 0001 00 |',
  pubrel: '62 | 0001 00 |',
  pubcomp: '70 | 0001 00 |',
  subscribe: '82 | 0001 | 0001 61 00',
  suback: '90 | 0001 | 00',
  unsubscribe: 'a2 | 0001 | 0001 61',
  unsuback: 'b0 | 0001 | 00',
  disconnect: 'e0 | 00 |',
  auth: 'f0 | 18 |',
}

/** The names of the properties that are read, each as often as it is there; or the refusal. */
function outcomeOf(bytes: Uint8Array, carrier: Carrier): readonly string[] | number {
  try {
    const [packet] = decodeChunks([bytes])
    return Object.entries(propertiesIn(packet!, carrier)).flatMap(([name, value]) =>
      Array.isArray(value) ? value.map(() => name) : [name],
    )
  } catch (error) {
    if (error instanceof MqttError) return error.reasonCode
    throw error
  }
}

function propertiesIn(packet: Packet, carrier: Carrier): Readonly<Record<string, unknown>> {
  const holder = carrier === 'will' && packet.type === 'connect' ? packet.will : packet
  return (holder as { readonly properties: Readonly<Record<string, unknown>> }).properties
}

/** The least packet with these properties, which need not be right. */
function packetOf(carrier: Carrier, properties: Readonly<Record<string, unknown>>): Packet {
  const [packet] = decodeChunks([withProperties(carrier, [])])
  if (carrier !== 'will') return { ...packet, properties } as Packet
  return {
    ...packet,
    will: { topic: 'w', payload: bytesOf(''), qos: 0, retain: false, properties },
  } as Packet
}
