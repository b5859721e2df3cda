// What people read.

import { describe, expect, it } from 'vitest'
import pc from 'picocolors'
import { encode } from '@godwit/codec'
import { bytesOf } from '@godwit/codec/testing'
import { tellingForPeople } from '../../src/inspect/packet-text.ts'
import { PLAIN, toldToPeople } from './telling.ts'

const CONNECT = encode(
  {
    type: 'connect',
    version: 5,
    clientId: 'sensor',
    cleanStart: true,
    keepAlive: 60,
    username: 'ada',
    password: Buffer.from('qwertz'),
    properties: {
      sessionExpiryInterval: 4_294_967_295,
      userProperty: [
        ['a', '1'],
        ['a', '2'],
      ],
    },
    will: {
      topic: 'gone',
      payload: Buffer.from([0, 255]),
      qos: 1,
      retain: true,
      properties: { willDelayInterval: 5 },
    },
  },
  5,
)

describe('for people', () => {
  it('a CONNECT has every field and property by its name, and hides the password', () => {
    expect(toldToPeople(CONNECT)).toEqual([
      'CONNECT  69 bytes',
      '  Protocol Name              "MQTT"',
      '  Protocol Version           5 (MQTT 5.0)',
      '  User Name Flag             yes',
      '  Password Flag              yes',
      '  Will Retain                yes',
      '  Will QoS                   1',
      '  Will Flag                  yes',
      '  Clean Start                yes',
      '  Keep Alive                 60 seconds',
      '  Properties',
      '    Session Expiry Interval  4294967295 (never expires)',
      '    User Property            "a" = "1"',
      '    User Property            "a" = "2"',
      '  Client Identifier          "sensor"',
      '  Will Properties',
      '    Will Delay Interval      5 seconds',
      '  Will Topic                 "gone"',
      '  Will Payload               00 ff  (2 bytes)',
      '  User Name                  "ada"',
      '  Password                   (6 bytes hidden: --secrets shows them)',
    ])
    const shown = toldToPeople(CONNECT, { secrets: true }).at(-1)
    expect(shown).toBe('  Password                   "qwertz"  (6 bytes)')
  })

  it('a PUBLISH has its flags in its title, and a payload that is clipped', () => {
    const payload = Buffer.from(`${'x'.repeat(31)}é and more`)
    const packet = {
      type: 'publish',
      topic: 'a',
      payload,
      qos: 1,
      retain: true,
      dup: true,
    } as const
    expect(toldToPeople(encode({ ...packet, packetId: 9 }, 5))).toEqual([
      'PUBLISH QoS 1, DUP, RETAIN  50 bytes  MQTT 5.0, a guess: it is well-formed in 3.1.1 and 3.1 too',
      '  Topic Name                 "a"',
      '  Packet Identifier          9',
      // The character that the clipping cuts is not shown.
      `  Payload                    "${'x'.repeat(31)}"...  (42 bytes)`,
    ])
  })

  it('nothing in a string reaches the terminal as more than text', () => {
    const topic = 'a\u001b[2J\u0007\n"\u202e'
    const packet = { type: 'publish', topic, payload: Buffer.from('\u001b]0;x'), qos: 0 } as const
    const lines = toldToPeople(encode({ ...packet, retain: false, dup: false, packetId: 0 }, 5))
    expect(lines.slice(1)).toEqual([
      String.raw`  Topic Name                 "a\e[2J\x07\n\"\u202e"`,
      String.raw`  Payload                    "\e]0;x"  (5 bytes)`,
    ])
  })

  it('offsets are those of the specification, with the fixed header', () => {
    expect(toldToPeople(bytesOf('82 09 0001 00 0003 612f23 19'), { offsets: true })).toEqual([
      'SUBSCRIBE  11 bytes  MQTT 5.0, a guess',
      '          0    Control Packet type        8 (SUBSCRIBE)',
      '          0    Flags                      0010',
      '          1    Remaining Length           9',
      '        2-3    Packet Identifier          1',
      '          4    Properties',
      '          4      Property Length          0',
      '       5-10    Subscription',
      '        5-9      Topic Filter             "a/#"',
      '         10      Maximum QoS              1',
      '         10      No Local                 no',
      '         10      Retain As Published      yes',
      '         10      Retain Handling          1 (if the subscription is new)',
    ])
  })

  it('a malformed packet says at which byte, why, and which statement, and marks the byte', () => {
    expect(toldToPeople(bytesOf('32 0b 0003 612f62 0000 00 7479 00 c0 00'))).toEqual([
      'PUBLISH (malformed)  13 bytes',
      '  Topic Name                 "a/b"',
      '  Malformed at bytes 7 to 8: The Packet Identifier is 0 [MQTT-2.2.1-3]: Malformed Packet (0x81)',
      '  0000  32 0b 00 03 61 2f 62 00  00 00 74 79 00           2...a/b...ty.',
      '                             ^^  ^^',
      'PINGREQ  2 bytes',
    ])
  })

  it('a malformed CONNECT tells nothing of its password', () => {
    const malformed = Buffer.from(CONNECT)
    malformed[1] = malformed[1]! + 1
    const lines = toldToPeople(Buffer.concat([malformed, Buffer.from([0x21])]))
    expect(lines.join('\n')).toContain('Malformed at byte 69')
    expect(lines.join('\n')).toContain('2a 2a 2a 2a 2a 21')
    expect(lines.join('\n')).not.toContain('qw')
  })

  it('says where bytes can no longer be cut into packets, and where they end too early', () => {
    expect(toldToPeople(bytesOf('30 ff ff ff ff 01')).at(-1)).toBe(
      '  Nobody can tell where the next packet begins',
    )
    expect(toldToPeople(bytesOf('30 05 0001 61'))).toEqual([
      'PUBLISH QoS 0  5 bytes  MQTT 5.0, a guess: it is well-formed in 3.1.1 and 3.1 too',
      '  Topic Name                 "a"',
      '  The packet is cut off here',
    ])
  })

  it('a packet with very many fields is told only so far', () => {
    const filters = Array.from({ length: 500 }, (_, index) => `a/${index}`)
    const lines = toldToPeople(encode({ type: 'unsubscribe', packetId: 1, filters }, 4))
    expect(lines).toHaveLength(102)
    expect(lines.at(-1)).toBe('  ... and 401 more')
  })

  it('a note is one line, with the connection that it is about', () => {
    const tell = tellingForPeople(PLAIN, pc.createColors(false))
    expect(tell({ type: 'note', kind: 'gap', text: 'The capture lacks\n', connection: 2 })).toBe(
      '#2 The capture lacks\\n\n',
    )
  })
})
