/** What is refused for its fixed header (§2.1), its strings (§1.5.4) or its lack of a body. */
import { hexOf } from '../hex.ts'
import { BEFORE_5, refusals, VERSIONS } from './vector.ts'
import type { RefusalRow, RefusalVector } from './vector.ts'

const ROWS: readonly RefusalRow[] = [
  ['the packet type 0', VERSIONS, '00 00', 0x81],
  ['an AUTH before MQTT 5.0', BEFORE_5, 'f0 00', 0x81],
  ['a CONNECT with flags', VERSIONS, '11 00', 0x81, 'MQTT-2.1.3-1'],
  ['a CONNACK with flags', VERSIONS, '22 02 0000', 0x81, 'MQTT-2.1.3-1'],
  ['a PUBACK with flags', VERSIONS, '44 02 0001', 0x81, 'MQTT-2.1.3-1'],
  ['a PUBREC with flags', VERSIONS, '58 02 0001', 0x81, 'MQTT-2.1.3-1'],
  ['a PUBREL without its flags', VERSIONS, '60 02 0001', 0x81, 'MQTT-3.6.1-1'],
  ['a PUBREL with other flags', VERSIONS, '63 02 0001', 0x81, 'MQTT-3.6.1-1'],
  ['a PUBREL with DUP', [4, 5], '6a 02 0001', 0x81, 'MQTT-3.6.1-1'],
  ['a PUBCOMP with flags', VERSIONS, '72 02 0001', 0x81, 'MQTT-2.1.3-1'],
  ['a SUBSCRIBE without its flags', VERSIONS, '80 00', 0x81, 'MQTT-3.8.1-1'],
  ['a SUBSCRIBE with DUP', [4, 5], '8a 00', 0x81, 'MQTT-3.8.1-1'],
  ['a SUBACK with flags', VERSIONS, '91 00', 0x81, 'MQTT-2.1.3-1'],
  ['an UNSUBSCRIBE without its flags', VERSIONS, 'a0 00', 0x81, 'MQTT-3.10.1-1'],
  ['an UNSUBSCRIBE with DUP', [4, 5], 'aa 00', 0x81, 'MQTT-3.10.1-1'],
  ['an UNSUBACK with flags', VERSIONS, 'b2 00', 0x81, 'MQTT-2.1.3-1'],
  ['a PINGREQ with flags', VERSIONS, 'c1 00', 0x81, 'MQTT-2.1.3-1'],
  ['a PINGRESP with flags', VERSIONS, 'd1 00', 0x81, 'MQTT-2.1.3-1'],
  ['a DISCONNECT with flags', VERSIONS, 'e1 00', 0x81, 'MQTT-3.14.1-1'],
  ['an AUTH with flags', [5], 'f1 00', 0x81, 'MQTT-3.15.1-1'],
  ['a Remaining Length of five bytes', VERSIONS, 'c0 80 80 80 80 01', 0x81],
  ['a Remaining Length of two bytes where one does', VERSIONS, 'c0 80 00', 0x81, 'MQTT-1.5.5-1'],
  [
    'a Remaining Length of four bytes where three do',
    VERSIONS,
    'c0 ff ff ff 00',
    0x81,
    'MQTT-1.5.5-1',
  ],
  ['a PINGREQ with a body', VERSIONS, 'c0 01 00', 0x81],
  ['a PINGRESP with a body', VERSIONS, 'd0 02 0001', 0x81],
  ['a DISCONNECT with a body before MQTT 5.0', BEFORE_5, 'e0 01 00', 0x81],
]

/** Byte strings that are no UTF-8 Encoded String of MQTT, each with what is wrong about it. */
const BAD_STRINGS: readonly (readonly [name: string, hex: string, statement: string])[] = [
  ['the character U+0000', '61 00 62', 'MQTT-1.5.4-2'],
  ['U+0000 behind four plain bytes', '61626364 00', 'MQTT-1.5.4-2'],
  ['U+0000 in two bytes', 'c0 80', 'MQTT-1.5.4-1'],
  ['an overlong character of two bytes', 'c1 bf', 'MQTT-1.5.4-1'],
  ['an overlong character of three bytes', 'e0 9f bf', 'MQTT-1.5.4-1'],
  ['an overlong character of four bytes', 'f0 8f bf bf', 'MQTT-1.5.4-1'],
  ['the first surrogate', 'ed a0 80', 'MQTT-1.5.4-1'],
  ['the last surrogate', 'ed bf bf', 'MQTT-1.5.4-1'],
  ['a surrogate pair', 'ed a0 bd ed b8 80', 'MQTT-1.5.4-1'],
  ['a character above U+10FFFF', 'f4 90 80 80', 'MQTT-1.5.4-1'],
  ['the byte F5', 'f5 80 80 80', 'MQTT-1.5.4-1'],
  ['the byte FF', '61 ff', 'MQTT-1.5.4-1'],
  ['a continuation byte alone', '80', 'MQTT-1.5.4-1'],
  ['a character of two bytes cut off', '61 c3', 'MQTT-1.5.4-1'],
  ['a character of three bytes cut off', 'e2 82', 'MQTT-1.5.4-1'],
  ['a character of four bytes cut off', 'f0 9f 98', 'MQTT-1.5.4-1'],
  ['a character of two bytes broken off', 'c3 61', 'MQTT-1.5.4-1'],
  ['a character of three bytes broken off', 'e2 82 61', 'MQTT-1.5.4-1'],
  ['a character of four bytes broken off', 'f0 9f 61 80', 'MQTT-1.5.4-1'],
]

/** Each bad string as a Topic Name, as a Client Identifier and as a Topic Filter. */
function rowsOf([name, hex, statement]: (typeof BAD_STRINGS)[number]): RefusalRow[] {
  const text = hex.replaceAll(' ', '')
  const string = `${hexOf(Uint8Array.of(0, text.length / 2))} ${text}`
  const length = (fixed: number): string => hexOf(Uint8Array.of(fixed + 2 + text.length / 2))
  return [
    [`a Topic Name with ${name}`, BEFORE_5, `30 ${length(0)} ${string}`, 0x81, statement],
    [`a Topic Name with ${name}`, [5], `30 ${length(1)} ${string} 00`, 0x81, statement],
    [
      `a Client Identifier with ${name}`,
      [4],
      `10 ${length(10)} 00044d515454 04 02 003c ${string}`,
      0x81,
      statement,
    ],
    [`a Topic Filter with ${name}`, BEFORE_5, `82 ${length(3)} 0001 ${string} 00`, 0x81, statement],
    [`a Topic Filter with ${name}`, [5], `a2 ${length(3)} 0001 00 ${string}`, 0x81, statement],
    [
      `the name of a User Property with ${name}`,
      [5],
      `40 ${length(7)} 0001 00 ${length(3)} 26 ${string} 0000`,
      0x81,
      statement,
    ],
    [
      `the value of a User Property with ${name}`,
      [5],
      `32 ${length(10)} 000161 0001 ${length(4)} 26 000161 ${string}`,
      0x81,
      statement,
    ],
  ]
}

/** Refusals that are the same for many packet types. */
export const HEADER_REFUSALS: readonly RefusalVector[] = refusals([
  ...ROWS,
  ...BAD_STRINGS.flatMap(rowsOf),
])
