/** CONNACK, DISCONNECT and AUTH packets that are refused (§3.2, §3.14, §3.15). */
import { BEFORE_5, refusals, VERSIONS } from './vector.ts'
import type { RefusalVector } from './vector.ts'

/** Refusals of CONNACK. */
export const CONNACK_REFUSALS: readonly RefusalVector[] = refusals([
  ['a CONNACK without a body', VERSIONS, '20 00', 0x81],
  ['a CONNACK without a code', VERSIONS, '20 01 00', 0x81],
  ['a CONNACK with reserved flags', [4], '20 02 02 00', 0x81, 'MQTT-3.2.2-1'],
  ['a CONNACK with reserved flags', [5], '20 03 80 00 00', 0x81, 'MQTT-3.2.2-1'],
  ['a refusal with a session', [4], '20 02 01 05', 0x82, 'MQTT-3.2.2-6'],
  ['a refusal with a session', [5], '20 03 01 87 00', 0x82, 'MQTT-3.2.2-6'],
  ['a CONNACK with a reserved Connect Return code', BEFORE_5, '20 02 00 06', 0x81],
  ['a CONNACK with a Reason Code before MQTT 5.0', BEFORE_5, '20 02 00 87', 0x81],
  ['a CONNACK with a Connect Return code in MQTT 5.0', [5], '20 03 00 01 00', 0x82, 'MQTT-3.2.2-8'],
  ['a CONNACK with a code of other packets', [5], '20 03 00 8e 00', 0x82, 'MQTT-3.2.2-8'],
  ['a CONNACK with a byte too many', BEFORE_5, '20 03 00 00 00', 0x81],
  ['a CONNACK with a byte too many', [5], '20 04 00 00 00 00', 0x81],
  ['a CONNACK without properties', [5], '20 02 00 00', 0x81],
  ['a Maximum QoS of 2', [5], '20 05 00 00 02 24 02', 0x82],
  ['a Retain Available of 2', [5], '20 05 00 00 02 25 02', 0x82],
  ['a Wildcard Subscription Available of 2', [5], '20 05 00 00 02 28 02', 0x82],
  ['a Subscription Identifier Available of 2', [5], '20 05 00 00 02 29 02', 0x82],
  ['a Shared Subscription Available of 2', [5], '20 05 00 00 02 2a 02', 0x82],
  ['a Receive Maximum of 0 in a CONNACK', [5], '20 06 00 00 03 21 0000', 0x82],
  ['a Maximum Packet Size of 0 in a CONNACK', [5], '20 08 00 00 05 27 00000000', 0x82],
  ['an Authentication Data without a method in a CONNACK', [5], '20 06 00 00 03 16 0000', 0x82],
  ['a Server Keep Alive twice', [5], '20 09 00 00 06 13 0001 13 0001', 0x82],
  ['a Topic Alias in a CONNACK', [5], '20 06 00 00 03 23 0001', 0x81],
])

/** Refusals of DISCONNECT and AUTH. */
export const CONNECTION_REFUSALS: readonly RefusalVector[] = refusals([
  ['a DISCONNECT with a code of CONNACK', [5], 'e0 01 8a', 0x82, 'MQTT-3.14.2-1'],
  ['a DISCONNECT with a code that does not exist', [5], 'e0 02 03 00', 0x82, 'MQTT-3.14.2-1'],
  ['a DISCONNECT with a byte too many', [5], 'e0 03 00 00 00', 0x81],
  ['a DISCONNECT with a Receive Maximum', [5], 'e0 05 00 03 21 0001', 0x81],
  ['a DISCONNECT with a Server Reference twice', [5], 'e0 0a 9c 08 1c 000161 1c 000162', 0x82],
  ['an AUTH with a code alone', [5], 'f0 01 18', 0x81],
  ['an AUTH without a method', [5], 'f0 02 18 00', 0x82, 'MQTT-4.12.0-5'],
  ['an AUTH with data and no method', [5], 'f0 05 18 03 16 0000', 0x82],
  ['an AUTH with two methods', [5], 'f0 0a 18 08 15 000161 15 000161', 0x82],
  ['an AUTH with a code of other packets', [5], 'f0 06 80 04 15 000161', 0x82, 'MQTT-3.15.2-1'],
  ['an AUTH with a byte too many', [5], 'f0 07 18 04 15 000161 00', 0x81],
  ['an AUTH with a Content Type', [5], 'f0 0a 18 08 15 000161 03 000162', 0x81],
])
