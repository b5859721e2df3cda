/** What a test vector is, and the short form in which refusals are written down. */
import type { Packet, ProtocolVersion } from '../../packets.ts'
import type { ReasonCode } from '../../reason-codes.ts'

/** Bytes and the packet that they are. */
export interface PacketVector {
  readonly name: string
  /** The version of the connection. */
  readonly version: ProtocolVersion
  /** The bytes of one whole packet, spaced for people. */
  readonly hex: string
  /** The packet, as `plainPacket` gives it. */
  readonly packet: Packet
  /** True for bytes which are allowed, though the encoder has a shorter way to say the same. */
  readonly decodeOnly?: true
}

/** Bytes that a decoder of this version refuses, and how. */
export interface RefusalVector {
  readonly name: string
  /** The version of the connection, which a CONNECT may contradict. */
  readonly version: ProtocolVersion
  readonly hex: string
  readonly reasonCode: ReasonCode
  /** The statement that is broken, where there is one. */
  readonly statement?: string
}

/** A refusal in each version where these bytes break the rule. */
export type RefusalRow = readonly [
  name: string,
  versions: readonly ProtocolVersion[],
  hex: string,
  reasonCode: ReasonCode,
  statement?: string,
]

/** The rows, one by one for each version. */
export function refusals(rows: readonly RefusalRow[]): RefusalVector[] {
  return rows.flatMap(([name, versions, hex, reasonCode, statement]) =>
    versions.map((version) => {
      const vector = { name, version, hex, reasonCode }
      return statement === undefined ? vector : { ...vector, statement }
    }),
  )
}

/** The versions before 5.0. */
export const BEFORE_5: readonly ProtocolVersion[] = [3, 4]

/** All versions. */
export const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]
