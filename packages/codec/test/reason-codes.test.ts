// The table of Reason Codes (§2.4), against the specification's own, and what is asked of it.

import { describe, expect, it } from 'vitest'
import {
  encode,
  isReasonCode,
  MqttError,
  PACKET_TYPES,
  REASON_CODES,
  ReasonCode,
  reasonCodeName,
  returnCodeOfReasonCode,
  senderOf,
} from '../src/index.ts'
import type { Packet, ReasonCodeCarrier, ReasonCodeRow } from '../src/index.ts'
import { decodeChunks, reasonCodeList } from '../src/testing/index.ts'

const ROWS = Object.values<ReasonCodeRow>(REASON_CODES)
const CARRIERS = [
  'connack',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'suback',
  'unsuback',
  'disconnect',
  'auth',
] as const

/** Table 2-6 turned round: the codes of each packet. */
const CODES_OF: Readonly<Record<ReasonCodeCarrier, string>> = {
  connack: '00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f',
  puback: '00 10 80 83 87 90 91 97 99',
  pubrec: '00 10 80 83 87 90 91 97 99',
  pubrel: '00 92',
  pubcomp: '00 92',
  suback: '00 01 02 80 83 87 8f 91 97 9e a1 a2',
  unsuback: '00 11 80 83 87 8f 91',
  disconnect:
    '00 04 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2',
  auth: '00 18 19',
}

describe('the table of Reason Codes', () => {
  it('has every code of the specification', () => {
    const codes = [...new Set(ROWS.map(({ code }) => code))]
    const refusals = Array.from({ length: 0x23 }, (_, index) => 0x80 + index)
    expect(codes).toEqual([0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x18, 0x19, ...refusals])
    expect(ROWS).toHaveLength(45)
  })

  it.each(CARRIERS)('has the codes of %s', (carrier) => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    const hex = codes
      .filter((code) => isReasonCode(code, carrier))
      .map((code) => code.toString(16).padStart(2, '0'))
    expect(hex.join(' ')).toBe(CODES_OF[carrier])
  })

  it('says who may send a code in a DISCONNECT or an AUTH', () => {
    const sent = (by: string | undefined, carrier: 'disconnect' | 'auth'): string =>
      reasonCodeList(carrier, 5)
        .filter((code) => senderOf(code, carrier) === by)
        .map((code) => code.toString(16).padStart(2, '0'))
        .join(' ')
    expect(sent('client', 'disconnect')).toBe('04')
    expect(sent('server', 'disconnect')).toBe('87 89 8b 8c 8d 8e 8f 9a 9b 9c 9d 9e 9f a0 a1 a2')
    expect(sent('client', 'auth')).toBe('19')
    expect(sent('server', 'auth')).toBe('00')
    expect(sent(undefined, 'auth')).toBe('18')
  })

  it('names each code as its packet does', () => {
    expect(reasonCodeName(0x00, 'disconnect')).toBe('Normal disconnection')
    expect(reasonCodeName(0x00, 'suback')).toBe('Granted QoS 0')
    expect(reasonCodeName(0x00)).toBe('Success')
    expect(reasonCodeName(ReasonCode.QuotaExceeded)).toBe('Quota exceeded')
    expect(reasonCodeName(0x8a, 'puback')).toBe('Banned')
    expect(reasonCodeName(0xff as ReasonCode)).toBe('0xff')
  })

  it('has the Connect Return codes of MQTT 3.1 and 3.1.1', () => {
    const returnCodes = reasonCodeList('connack', 5).map((code) => [
      code,
      returnCodeOfReasonCode(code),
    ])
    expect(returnCodes.filter(([, returnCode]) => returnCode !== undefined)).toEqual([
      [ReasonCode.Success, 0],
      [ReasonCode.UnsupportedProtocolVersion, 1],
      [ReasonCode.ClientIdentifierNotValid, 2],
      [ReasonCode.BadUserNameOrPassword, 4],
      [ReasonCode.NotAuthorized, 5],
      [ReasonCode.ServerUnavailable, 3],
    ])
  })
})

describe('every code', () => {
  it.each(CARRIERS)('of %s is encoded and decoded, and no other', (carrier) => {
    const every = Array.from({ length: 256 }, (_, code) => packetWith(carrier, code))
    const encodable = every.filter((packet) => isEncodable(packet))
    expect(
      encodable.map((packet) => encode(packet, 5)).flatMap((bytes) => decodeChunks([bytes])),
    ).toStrictEqual(encodable)
    expect(encodable).toHaveLength(reasonCodeList(carrier, 5).length)
  })

  it('is listed for its packets in each version', () => {
    expect(reasonCodeList('suback', 3)).toEqual([0, 1, 2])
    expect(reasonCodeList('suback', 4)).toEqual([0, 1, 2, 0x80])
    expect(reasonCodeList('puback', 4)).toEqual([0])
    expect(reasonCodeList('connack', 4)).toHaveLength(6)
    expect(Object.keys(PACKET_TYPES)).toEqual(expect.arrayContaining([...CARRIERS]))
  })
})

function isEncodable(packet: Packet): boolean {
  try {
    return encode(packet, 5).length > 0
  } catch (error) {
    if (error instanceof MqttError) return false
    throw error
  }
}

function packetWith(type: ReasonCodeCarrier, code: number): Packet {
  const lists = type === 'suback' || type === 'unsuback'
  const fields = {
    ...(type === 'connack' && { sessionPresent: false }),
    ...(!['connack', 'disconnect', 'auth'].includes(type) && { packetId: 1 }),
    ...(lists ? { reasonCodes: [code] } : { reasonCode: code }),
    ...(type === 'auth' && { properties: { authenticationMethod: 'm' } }),
  }
  return { type, ...fields } as Packet
}
