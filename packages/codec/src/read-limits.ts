/**
 * What a receiver allows inside a packet, beside its size. A packet of a megabyte has room for a
 * quarter of a million filters or User Properties, and to make objects of them takes longer than a
 * server has for one client; so it is refused while it is read, as soon as there are too many.
 */
import { peerFault } from './error.ts'
import { PACKET_BYTES_MAX } from './limits.ts'
import { ReasonCode } from './reason-codes.ts'

/** How much a packet may hold. */
export interface ReadLimits {
  /** The filters of a SUBSCRIBE or UNSUBSCRIBE. */
  readonly filtersMax: number
  /** The bytes of the properties; those of a Will Message count for themselves. */
  readonly propertyBytesMax: number
  /** How many of the properties are User Properties. */
  readonly userPropertiesMax: number
}

/** As much as there is room for. */
export const NO_READ_LIMITS: ReadLimits = {
  filtersMax: PACKET_BYTES_MAX,
  propertyBytesMax: PACKET_BYTES_MAX,
  userPropertiesMax: PACKET_BYTES_MAX,
}

/** A packet with more filters than its receiver takes at once. */
export function tooManyFilters(maximum: number): Error {
  return peerFault(`A packet has more than ${maximum} filters`, ReasonCode.QuotaExceeded)
}

/** Properties of more bytes than their receiver takes. */
export function propertiesTooLarge(length: number, maximum: number): Error {
  return peerFault(
    `Properties of ${length} bytes are larger than the ${maximum} allowed`,
    ReasonCode.PacketTooLarge,
  )
}

/** More User Properties than their receiver takes. */
export function tooManyUserProperties(maximum: number): Error {
  return peerFault(`There are more than ${maximum} User Properties`, ReasonCode.PacketTooLarge)
}
