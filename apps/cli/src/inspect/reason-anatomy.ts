/** Packets that are little more than a Reason Code (§3.4 to §3.7, §3.14, §3.15), and the code. */
import { isReasonCode, reasonCodeName } from '@godwit/codec'
import type { AcknowledgementType, ProtocolVersion, ReasonCodeCarrier } from '@godwit/codec'
import type { FieldReader } from './field-reader.ts'
import { readProperties } from './property-anatomy.ts'

/** Reads the body of PUBACK, PUBREC, PUBREL or PUBCOMP. */
export function readAcknowledgement(
  reader: FieldReader,
  type: AcknowledgementType,
  version: ProtocolVersion,
): void {
  reader.packetIdentifier()
  if (version === 5) readOptionalReason(reader, type)
  else reader.done()
}

/** Reads the body of a DISCONNECT. */
export function readDisconnect(reader: FieldReader, version: ProtocolVersion): void {
  if (version === 5) readOptionalReason(reader, 'disconnect')
  else reader.done()
}

/** Reads the body of an AUTH, whose method may not be left out. */
export function readAuth(reader: FieldReader): void {
  if (reader.left === 0) return
  readReasonCode(reader, 'auth')
  const propertiesAt = reader.at
  const properties = readProperties(reader, 'auth')
  reader.done()
  if (!properties.has('authenticationMethod')) reader.fault(propertiesAt)
}

/** Reads a Reason Code that packets of this type may carry. */
export function readReasonCode(
  reader: FieldReader,
  carrier: ReasonCodeCarrier,
  many: { readonly many?: true } = {},
): number {
  const from = reader.at
  const code = reader.byte()
  if (!isReasonCode(code, carrier)) reader.fault(from)
  const meaning = reasonCodeName(code, carrier)
  reader.keep({ name: 'Reason Code', meaning, ...many }, from, code)
  return code
}

/** A Reason Code and properties, both of which may be left out. */
function readOptionalReason(
  reader: FieldReader,
  carrier: AcknowledgementType | 'disconnect',
): void {
  if (reader.left === 0) return
  readReasonCode(reader, carrier)
  if (reader.left > 0) readProperties(reader, carrier)
  reader.done()
}
