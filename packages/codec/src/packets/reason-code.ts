/** The byte of a Reason Code (§2.4), checked against the codes that its packet may carry. */
import { protocolError, unencodable } from '../error.ts'
import type { Reader } from '../reader.ts'
import { isReasonCode } from '../reason-codes.ts'
import type { ReasonCode, ReasonCodeCarrier } from '../reason-codes.ts'

/** The statements by which each packet uses only its listed codes. */
const STATEMENTS: Readonly<Record<ReasonCodeCarrier, string>> = {
  connack: 'MQTT-3.2.2-8',
  puback: 'MQTT-3.4.2-1',
  pubrec: 'MQTT-3.5.2-1',
  pubrel: 'MQTT-3.6.2-1',
  pubcomp: 'MQTT-3.7.2-1',
  suback: 'MQTT-3.9.3-2',
  unsuback: 'MQTT-3.11.3-2',
  disconnect: 'MQTT-3.14.2-1',
  auth: 'MQTT-3.15.2-1',
}

/** Reads a code. @throws {MqttError} unless packets of this type may carry it. */
export function readReasonCode(reader: Reader, carrier: ReasonCodeCarrier): ReasonCode {
  const code = reader.byte()
  if (!isReasonCode(code, carrier)) {
    const hex = code.toString(16).padStart(2, '0')
    throw protocolError(`0x${hex} is no ${carrier.toUpperCase()} code`, STATEMENTS[carrier])
  }
  return code
}

/** Refuses to write a code that packets of this type may not carry. @throws {MqttError} */
export function checkReasonCode(code: ReasonCode, carrier: ReasonCodeCarrier): void {
  if (!isReasonCode(code, carrier)) {
    const name = carrier.toUpperCase()
    throw unencodable(`A ${name} needs one of its own Reason Codes`, code, STATEMENTS[carrier])
  }
}

/** Reads one code after the other to the end of the packet: SUBACK and UNSUBACK. */
export function readReasonCodes(reader: Reader, carrier: 'suback' | 'unsuback'): ReasonCode[] {
  const codes: ReasonCode[] = []
  while (reader.left > 0) codes.push(readReasonCode(reader, carrier))
  return codes
}
