// The anatomy agrees with the codec: what is malformed to one is to the other, and the bytes that
// it marks are the ones that matter.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import {
  bytesOf,
  garbage,
  mutations,
  PACKET_VECTORS,
  packets,
  REFUSAL_VECTORS,
} from '@godwit/codec/testing'
import { dissect } from '../../src/inspect/anatomy.ts'
import type { Anatomy, ByteRange, Field } from '../../src/inspect/field.ts'
import { Framing } from '../../src/inspect/framing.ts'
import type { FramedPacket } from '../../src/inspect/framing.ts'
import { judge } from '../../src/inspect/verdict.ts'

describe('a packet that is well-formed', () => {
  it.each(PACKET_VECTORS)('is taken apart without a fault: $name in $version', (vector) => {
    const bytes = bytesOf(vector.hex)
    const anatomy = dissect(bytes, vector.version)
    expect(anatomy.fault).toBeUndefined()
    expect(anatomy.cutOff).toBe(false)
    expect(uncovered(anatomy, bytes.length)).toEqual([])
  })

  it('has a field for every byte of every value', () => {
    expect(named(dissect(bytesOf('32 10 0001 61 0007 08 01 01 03 0003 612f62 21'), 5))).toEqual({
      'Control Packet type': 3,
      Flags: '0010',
      'Remaining Length': 16,
      DUP: false,
      QoS: 1,
      RETAIN: false,
      'Topic Name': 'a',
      'Packet Identifier': 7,
      Properties: { 'Property Length': 8, 'Payload Format Indicator': 1, 'Content Type': 'a/b' },
      Payload: Uint8Array.of(0x21),
    })
  })

  it('says what codes, units and flags mean', () => {
    const connack = dissect(bytesOf('20 0d 00 8d 0a 11 00000e10 25 00 22 0001'), 5)
    expect(connack.fault).toEqual({ at: 3, length: 1 })
    const accepted = dissect(bytesOf('20 0d 01 00 0a 11 ffffffff 25 00 22 0001'), 5)
    expect(meanings(accepted)).toEqual({
      'Control Packet type': 'CONNACK',
      'Reason Code': 'Success',
      'Session Expiry Interval': 'never expires',
      'Retain Available': 'no',
    })
  })
})

describe('a packet that is refused', () => {
  it.each(REFUSAL_VECTORS)('has a fault: $name in $version, $hex', ({ hex, version }) => {
    const bytes = bytesOf(hex)
    expect(refusalOf(bytes, version)).toBeDefined()
    const { fault } = dissect(bytes, version)
    expect(fault).toBeDefined()
    expect(fault!.length).toBeGreaterThan(0)
    expect(fault!.at + fault!.length).toBeLessThanOrEqual(bytes.length)
  })

  it.each(FAULTS())('marks %s', (_, version, hex, marked) => {
    const bytes = bytesOf(hex)
    const { fault } = dissect(bytes, version)
    expect(fault && hexAt(bytes, fault)).toBe(marked.replaceAll(' ', ''))
  })
})

describe.each([3, 4, 5] as const)('in version %i', (version) => {
  const damaged = fc.oneof(
    packets(version).chain((packet) => mutations(encode(packet, version))),
    garbage(),
  )

  it('whatever the codec refuses has a fault, and nothing else has', () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        for (const packet of framed(bytes)) {
          const refusal = refusalOf(packet.bytes, version)
          const { fault } = dissect(packet.bytes, version)
          expect(fault === undefined).toBe(refusal === undefined)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('no byte behind a fault changes what the codec says', () => {
    fc.assert(
      fc.property(damaged, fc.nat(255), (bytes, noise) => {
        for (const packet of framed(bytes)) {
          const { fault, fields } = dissect(packet.bytes, version)
          if (fault === undefined || isFoundLate(fields, packet.bytes, fault)) continue
          const other = packet.bytes.slice()
          other.fill(noise, fault.at + fault.length)
          expect(refusalOf(other, version)).toBe(refusalOf(packet.bytes, version))
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('a packet that is cut off is taken apart as far as it goes', () => {
    fc.assert(
      fc.property(packets(version), fc.nat(), (packet, cut) => {
        const whole = encode(packet, version)
        const part = whole.subarray(0, cut % whole.length)
        const { fields, fault, cutOff } = dissect(part, version)
        expect(fault).toBeUndefined()
        const ofPayload = fields.at(-1)?.name === 'Payload'
        expect(cutOff || ofPayload).toBe(true)
        expect(dissect(whole, version).fields.map(({ name }) => name)).toEqual(
          expect.arrayContaining(fields.map(({ name }) => name)),
        )
      }),
      { numRuns: 1000 },
    )
  })
})

type FaultRow = readonly [name: string, version: ProtocolVersion, hex: string, marked: string]

function FAULTS(): readonly FaultRow[] {
  return [
    ['a type that does not exist', 5, '00 00', '00'],
    ['flags that are wrong', 5, 'c1 00', 'c1'],
    ['QoS 3', 5, '36 06 000161 0001 00', '36'],
    ['the wildcard in a Topic Name', 5, '30 09 0005 612f622f23 00 21', '23'],
    ['a character that is no UTF-8', 5, '30 07 0003 61c328 00 21', 'c328'],
    ['the Packet Identifier 0', 4, '32 05 000161 0000', '0000'],
    ['the identifier of an unknown property', 5, '30 06 000161 02 7e 00', '7e'],
    ['a property that came before', 5, '30 08 000161 04 01 01 01 00', '01'],
    ['a value out of range', 5, '30 06 000161 02 01 02', '02'],
    ['a length beyond the packet', 5, '30 04 0003 6161', '0003'],
    ['an overlong Remaining Length', 5, 'c0 80 00', '8000'],
    ['a Reason Code that is none', 5, '40 04 0001 77 00', '77'],
    ['bytes behind the end of the content', 5, 'd0 02 1234', '1234'],
    ['the Connect Flags', 4, '10 0d 0004 4d515454 04 01 003c 0001 61', '01'],
    ['the level of an unknown version', 5, '10 0d 0004 4d515454 06 02 003c 0001 61', '06'],
    ['the name of another protocol', 5, '10 0d 0004 4d515458 05 02 003c 0001 61', '0004 4d515458'],
    [
      'data without a method',
      5,
      '10 12 0004 4d515454 05 02 003c 04 16 0001 21 0001 61',
      '16 0001 21',
    ],
  ]
}

/** Each value by its name; a group as an object. */
function named({ fields }: Pick<Anatomy, 'fields'>): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name, value, parts }) => [name, parts ? named({ fields: parts }) : value]),
  )
}

function meanings({ fields }: Pick<Anatomy, 'fields'>): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .flatMap((field) => field.parts ?? [field])
      .flatMap(({ name, meaning }) => (meaning === undefined ? [] : [[name, meaning]])),
  )
}

/** The offsets of bytes that no field has. */
function uncovered({ fields }: Anatomy, length: number): readonly number[] {
  const covered = new Set<number>()
  for (const { at, length: bytes } of flat(fields).filter(({ parts }) => parts === undefined)) {
    for (let index = 0; index < bytes; index++) covered.add(at + index)
  }
  return Array.from({ length }, (_, at) => at).filter((at) => !covered.has(at))
}

function flat(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => [field, ...flat(field.parts ?? [])])
}

function refusalOf(bytes: Uint8Array, version: ProtocolVersion): string | undefined {
  const verdict = judge({ bytes, length: bytes.length, at: 0, end: 'whole' }, version)
  return verdict !== undefined && 'error' in verdict ? verdict.error.message : undefined
}

function framed(bytes: Uint8Array): readonly FramedPacket[] {
  return [...new Framing().push(bytes)]
}

/** Some rules speak of what is in front only after all of it was read. */
function isFoundLate(fields: readonly Field[], bytes: Uint8Array, fault: ByteRange): boolean {
  return (
    fields.some(({ at, length }) => at + length > fault.at + fault.length) ||
    (bytes[fault.at] === 0 && bytes[fault.at + 1] === 0) ||
    bytes[fault.at] === 0x16
  )
}

function hexAt(bytes: Uint8Array, { at, length }: ByteRange): string {
  return Buffer.from(bytes.subarray(at, at + length)).toString('hex')
}
