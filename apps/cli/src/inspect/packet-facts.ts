/** What is told of a packet, in whatever form: anatomy, fault, and how sure the version is. */
import { reasonCodeName } from '@godwit/codec'
import type { MqttError, ProtocolVersion } from '@godwit/codec'
import { dissect } from './anatomy.ts'
import type { Sighting } from './conversation.ts'
import type { Anatomy, ByteRange, Field } from './field.ts'
import type { Detail } from './happening.ts'

/** Why a packet is malformed, and at which of its bytes. */
interface Defect extends ByteRange {
  readonly message: string
  readonly statement: string | undefined
  readonly reasonCode: number | undefined
  /** Such as `Malformed Packet (0x81)`. */
  readonly reason: string | undefined
}

/** What there is to tell. */
export interface PacketFacts {
  readonly anatomy: Anatomy
  /** The type in capitals. */
  readonly name: string
  readonly defect?: Defect
  /** The other versions in which it is well-formed and says something else, if ours is a guess. */
  readonly alternatives: readonly ProtocolVersion[]
  /** Whether the version makes a difference and is a guess. */
  readonly isGuess: boolean
}

/** Looks at a packet that was overheard. */
export function factsOf({ packet, type, version, guessed, error }: Sighting): PacketFacts {
  const anatomy = dissect(packet.bytes, version)
  const name = type?.toUpperCase() ?? 'RESERVED'
  const defect = defectOf(anatomy, error)
  const others = guessed && type !== 'connect' ? otherReadings(packet.bytes, version, anatomy) : []
  const isGuess = guessed && type !== 'connect' && others.length > 0
  const alternatives = others.flatMap((other) => (other.sound ? [other.version] : []))
  const facts = { anatomy, name, alternatives, isGuess }
  return defect === undefined ? facts : { ...facts, defect }
}

/** Whether a field is one that nobody should read over a shoulder. */
export function isSecret({ name }: Field, { secrets }: Detail): boolean {
  return name === 'Password' && !secrets
}

/**
 * The bytes of a malformed packet, as they are told. A CONNECT may hold a password: it is written
 * over, and so is what comes behind the fault.
 */
export function bytesToShow(sighting: Sighting, facts: PacketFacts, detail: Detail): Uint8Array {
  const { packet, type } = sighting
  const { anatomy, defect } = facts
  if (type !== 'connect' || detail.secrets || defect === undefined) return packet.bytes
  const bytes = packet.bytes.slice(0, defect.at + defect.length)
  for (const field of anatomy.fields) {
    if (isSecret(field, detail)) bytes.fill(ASTERISK, field.at + 2, field.at + field.length)
  }
  return bytes
}

const ASTERISK = 0x2a

function defectOf({ fault }: Anatomy, error: MqttError | undefined): Defect | undefined {
  if (fault === undefined && error === undefined) return undefined
  const range = fault ?? { at: 0, length: 1 }
  if (error === undefined) {
    const message = 'It breaks the specification'
    return { ...range, message, statement: undefined, reasonCode: undefined, reason: undefined }
  }
  const { reasonCode, statement, message } = error
  const code = `0x${reasonCode.toString(16).padStart(2, '0')}`
  const reason = `${reasonCodeName(reasonCode)} (${code})`
  return { ...range, message, statement, reasonCode, reason }
}

interface Reading {
  readonly version: ProtocolVersion
  readonly sound: boolean
}

const VERSIONS: readonly ProtocolVersion[] = [5, 4, 3]

/** The versions in which the bytes say something else, and whether that is well-formed. */
function otherReadings(
  bytes: Uint8Array,
  version: ProtocolVersion,
  anatomy: Anatomy,
): readonly Reading[] {
  const ours = JSON.stringify(anatomy)
  return VERSIONS.filter((other) => other !== version).flatMap((other) => {
    const theirs = dissect(bytes, other)
    if (JSON.stringify(theirs) === ours) return []
    return [{ version: other, sound: theirs.fault === undefined && !theirs.cutOff }]
  })
}
