/** The whole numbers in records, with their bounds: the same for who writes and for who reads. */
import { UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from '@godwit/codec'

/** A whole number in a record. */
export interface WholeField {
  /** With its article, for the sentence of an error. */
  readonly name: string
  readonly min: number
  /** At most 2^53 - 1. */
  readonly max: number
}

const MAX = Number.MAX_SAFE_INTEGER

/** A position of the log, or 0 for one before all. */
export const POSITION: WholeField = { name: 'a position', min: 0, max: MAX }

/** The number of a session. */
export const SESSION_NUMBER: WholeField = { name: 'a session number', min: 1, max: MAX }

/** Milliseconds since 1970. */
export const INSTANT: WholeField = { name: 'a time in ms since 1970', min: 0, max: MAX }

/** The Session Expiry Interval, in seconds. */
export const SESSION_EXPIRY: WholeField = {
  name: 'a Session Expiry Interval',
  min: 0,
  max: UINT32_MAX,
}

/** The Will Delay Interval, in seconds. */
export const WILL_DELAY: WholeField = { name: 'a Will Delay Interval', min: 0, max: UINT32_MAX }

/** A Packet Identifier. */
export const PACKET_ID: WholeField = { name: 'a Packet Identifier', min: 1, max: UINT16_MAX }

/** A Subscription Identifier. */
export const SUBSCRIPTION_IDENTIFIER: WholeField = {
  name: 'a Subscription Identifier',
  min: 1,
  max: VARIABLE_BYTE_INTEGER_MAX,
}

/** Refuses to write what could not be read again. @throws {RangeError} */
export function checkWhole({ name, min, max }: WholeField, value: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new RangeError(`What is stored must be ${name} from ${min} to ${max}, got ${value}`)
}
