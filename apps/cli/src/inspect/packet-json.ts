/** Packets and notes for programs: a line of JSON for each. */
import type { Field, FieldValue } from './field.ts'
import { totalOf } from './field-text.ts'
import type { Circumstances, Detail, Note, PacketSeen, Telling } from './happening.ts'
import { bytesToShow, factsOf, isSecret } from './packet-facts.ts'
import type { PacketFacts } from './packet-facts.ts'
import { VERSION_NAMES } from './packet-type.ts'
import { previewOf } from './preview.ts'

/** Puts what happened into a line of JSON. */
export function tellingForPrograms(detail: Detail): Telling {
  return (happening) => {
    const value =
      happening.type === 'packet' ? packetValue(happening, detail) : noteValue(happening)
    return `${JSON.stringify(value)}\n`
  }
}

type JsonObject = Record<string, unknown>

function packetValue(seen: PacketSeen, detail: Detail): JsonObject {
  const { packet, version, aliasedTopic, givenUp } = seen.sighting
  const facts = factsOf(seen.sighting)
  const { anatomy, name, isGuess, alternatives } = facts
  return {
    ...circumstances(seen),
    type: name,
    version: VERSION_NAMES[version],
    ...(isGuess && { guess: true, alsoWellFormedIn: alternatives.map((v) => VERSION_NAMES[v]) }),
    at: packet.at,
    bytes: packet.length,
    ...(packet.end !== 'whole' && { end: packet.end }),
    ...(givenUp === true && { givenUp }),
    fields: objectOf(anatomy.fields, detail),
    ...(aliasedTopic !== undefined && { aliasedTopic }),
    ...(detail.offsets && { layout: anatomy.fields.map((field) => layoutOf(field)) }),
    ...(facts.defect !== undefined && { malformed: defectValue(seen, facts, detail) }),
  }
}

function noteValue({ kind, text, details, ...rest }: Note): JsonObject {
  return { ...circumstances(rest), note: kind, text, ...details }
}

function circumstances({ timeMs, connection, sender }: Circumstances): JsonObject {
  return {
    ...(timeMs !== undefined && { time: new Date(timeMs).toISOString() }),
    ...(connection !== undefined && { connection }),
    ...(sender !== undefined && { sender }),
  }
}

const HEX_BYTES_MAX = 1_024

function defectValue({ sighting }: PacketSeen, facts: PacketFacts, detail: Detail): JsonObject {
  const bytes = bytesToShow(sighting, facts, detail).subarray(0, HEX_BYTES_MAX)
  return { ...facts.defect, hex: Buffer.from(bytes).toString('hex') }
}

/** Fields by their names; one that may be there more than once is a list. */
function objectOf(fields: readonly Field[], detail: Detail): JsonObject {
  const object: JsonObject = {}
  for (const field of fields) {
    add(object, field, keyOf(field.name), valueOf(field, detail))
    if (field.name === 'Reason Code') add(object, field, 'reasonName', field.meaning)
  }
  return object
}

function add(object: JsonObject, { many }: Field, key: string, value: unknown): void {
  if (many !== true) {
    object[key] = value
    return
  }
  const former = object[key]
  if (Array.isArray(former)) former.push(value)
  else object[key] = [value]
}

function valueOf(field: Field, detail: Detail): unknown {
  if (field.parts !== undefined) return objectOf(field.parts, detail)
  if (isSecret(field, detail)) return null
  const { value } = field
  return value instanceof Uint8Array ? bytesValue(field, value, detail) : plain(value)
}

function bytesValue(field: Field, value: Uint8Array, { payloadBytes }: Detail): JsonObject {
  const bytes = totalOf(field, value)
  const preview = previewOf(value, payloadBytes)
  const content = preview.kind === 'text' ? { text: preview.text } : { hex: preview.hex }
  const clipped = preview.clipped || value.length < bytes
  return { bytes, ...content, ...(clipped && { clipped }) }
}

function plain(value: FieldValue | undefined): unknown {
  return value ?? null
}

function layoutOf({ name, at, length, parts }: Field): JsonObject {
  const inside = parts?.map((part) => layoutOf(part))
  return { name, at, length, ...(inside !== undefined && { parts: inside }) }
}

/** `Topic Name` is `topicName`, `QoS` is `qos`. */
function keyOf(name: string): string {
  const [first = '', ...rest] = name.split(' ')
  const others = rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return first.toLowerCase() + others.join('')
}
