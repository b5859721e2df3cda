/** SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK packets that are refused (§3.8 to §3.11). */
import { BEFORE_5, refusals, VERSIONS } from './vector.ts'
import type { RefusalVector } from './vector.ts'

/** Refusals of SUBSCRIBE and SUBACK. */
export const SUBSCRIBE_REFUSALS: readonly RefusalVector[] = refusals([
  ['a SUBSCRIBE without a body', VERSIONS, '82 00', 0x81],
  [
    'a SUBSCRIBE with the Packet Identifier 0',
    BEFORE_5,
    '82 06 0000 000161 00',
    0x81,
    'MQTT-2.2.1-3',
  ],
  [
    'a SUBSCRIBE with the Packet Identifier 0',
    [5],
    '82 07 0000 00 000161 00',
    0x81,
    'MQTT-2.2.1-3',
  ],
  ['a SUBSCRIBE without a Topic Filter', BEFORE_5, '82 02 0001', 0x82, 'MQTT-3.8.3-2'],
  ['a SUBSCRIBE without a Topic Filter', [5], '82 03 0001 00', 0x82, 'MQTT-3.8.3-2'],
  ['a Topic Filter without options', BEFORE_5, '82 05 0001 000161', 0x81],
  ['a Topic Filter without options', [5], '82 06 0001 00 000161', 0x81],
  ['a Topic Filter beyond the packet', BEFORE_5, '82 06 0001 0003 6100', 0x81],
  ['a second Topic Filter cut off', [5], '82 08 0001 00 000161 00 00', 0x81],
  ['a subscription of QoS 3', [3], '82 06 0001 000161 03', 0x82],
  ['a subscription of QoS 3', [4], '82 06 0001 000161 03', 0x82, 'MQTT311-3.8.3-4'],
  ['a subscription of QoS 3', [5], '82 07 0001 00 000161 03', 0x82],
  ['a Retain Handling of 3', [5], '82 07 0001 00 000161 30', 0x82],
  ['reserved bits beside the QoS', BEFORE_5, '82 06 0001 000161 04', 0x81, 'MQTT-3.8.3-5'],
  ['reserved Subscription Options', [5], '82 07 0001 00 000161 40', 0x81, 'MQTT-3.8.3-5'],
  ['a Subscription Identifier of 0 in a SUBSCRIBE', [5], '82 09 0001 02 0b 00 000161 00', 0x82],
  ['two Subscription Identifiers', [5], '82 0b 0001 04 0b 01 0b 02 000161 00', 0x82],
  ['a Reason String in a SUBSCRIBE', [5], '82 0b 0001 04 1f 000161 000161 00', 0x81],
  ['a SUBACK without a body', VERSIONS, '90 00', 0x81],
  ['a SUBACK with the Packet Identifier 0', BEFORE_5, '90 03 0000 00', 0x81, 'MQTT-2.2.1-3'],
  ['a SUBACK with the Packet Identifier 0', [5], '90 04 0000 00 00', 0x81, 'MQTT-2.2.1-3'],
  ['a SUBACK without a code', BEFORE_5, '90 02 0001', 0x81, 'MQTT-3.8.4-6'],
  ['a SUBACK without a code', [5], '90 03 0001 00', 0x81, 'MQTT-3.8.4-6'],
  ['a SUBACK of MQTT 3.1 that refuses', [3], '90 03 0001 80', 0x81, 'MQTT311-3.9.3-2'],
  ['a SUBACK with a code of MQTT 5.0', [4], '90 03 0001 87', 0x81, 'MQTT311-3.9.3-2'],
  ['a SUBACK with a code that does not exist', BEFORE_5, '90 03 0001 03', 0x82, 'MQTT-3.9.3-2'],
  ['a SUBACK with a code of UNSUBACK', [5], '90 04 0001 00 11', 0x82, 'MQTT-3.9.3-2'],
  ['a SUBACK with a Subscription Identifier', [5], '90 06 0001 02 0b 01 00', 0x81],
])

/** Refusals of UNSUBSCRIBE and UNSUBACK. */
export const UNSUBSCRIBE_REFUSALS: readonly RefusalVector[] = refusals([
  ['an UNSUBSCRIBE without a body', VERSIONS, 'a2 00', 0x81],
  [
    'an UNSUBSCRIBE with the Packet Identifier 0',
    BEFORE_5,
    'a2 05 0000 000161',
    0x81,
    'MQTT-2.2.1-3',
  ],
  [
    'an UNSUBSCRIBE with the Packet Identifier 0',
    [5],
    'a2 06 0000 00 000161',
    0x81,
    'MQTT-2.2.1-3',
  ],
  ['an UNSUBSCRIBE without a Topic Filter', BEFORE_5, 'a2 02 0001', 0x82, 'MQTT-3.10.3-2'],
  ['an UNSUBSCRIBE without a Topic Filter', [5], 'a2 03 0001 00', 0x82, 'MQTT-3.10.3-2'],
  ['an UNSUBSCRIBE with a Topic Filter cut off', BEFORE_5, 'a2 05 0001 0002 61', 0x81],
  ['an UNSUBSCRIBE with a Topic Filter cut off', [5], 'a2 06 0001 00 0002 61', 0x81],
  ['an UNSUBSCRIBE with a Subscription Identifier', [5], 'a2 08 0001 02 0b 01 000161', 0x81],
  ['an UNSUBACK without a body', VERSIONS, 'b0 00', 0x81],
  ['an UNSUBACK with the Packet Identifier 0', BEFORE_5, 'b0 02 0000', 0x81, 'MQTT-2.2.1-3'],
  ['an UNSUBACK with the Packet Identifier 0', [5], 'b0 04 0000 00 00', 0x81, 'MQTT-2.2.1-3'],
  ['an UNSUBACK with codes before MQTT 5.0', BEFORE_5, 'b0 03 0001 00', 0x81],
  ['an UNSUBACK without a code', [5], 'b0 03 0001 00', 0x81, 'MQTT-3.11.3-1'],
  ['an UNSUBACK with a code of SUBACK', [5], 'b0 04 0001 00 01', 0x82, 'MQTT-3.11.3-2'],
  ['an UNSUBACK with a Topic Alias', [5], 'b0 07 0001 03 23 0001 00', 0x81],
])
