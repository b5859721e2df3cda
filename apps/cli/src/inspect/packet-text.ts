/** Packets and notes for people: a line that says what it is, and one for each field. */
import { visible } from '../escaping.ts'
import type { Colors } from '../terminal.ts'
import type { Sighting } from './conversation.ts'
import type { Field } from './field.ts'
import { bytesCount, valueText } from './field-text.ts'
import type { Circumstances, Detail, Note, PacketSeen, Telling } from './happening.ts'
import { hexDump } from './hex-dump.ts'
import { bytesToShow, factsOf } from './packet-facts.ts'
import type { PacketFacts } from './packet-facts.ts'
import { VERSION_NAMES } from './packet-type.ts'

/** A packet with more fields side by side is told no further. */
const FIELDS_MAX = 100

/** Puts what happened into lines, each with its line feed. */
export function tellingForPeople(detail: Detail, colors: Colors): Telling {
  const text = new PacketText(detail, colors)
  return (happening) => {
    const lines = happening.type === 'packet' ? text.packet(happening) : text.note(happening)
    return `${lines.join('\n')}\n`
  }
}

class PacketText {
  readonly #detail: Detail
  readonly #colors: Colors

  constructor(detail: Detail, colors: Colors) {
    this.#detail = detail
    this.#colors = colors
  }

  packet(seen: PacketSeen): readonly string[] {
    const facts = factsOf(seen.sighting)
    return [
      this.#title(seen, facts),
      ...this.#fields(facts.anatomy.fields, 1),
      ...this.#resolution(seen.sighting),
      ...this.#defect(seen.sighting, facts),
      ...this.#ending(seen.sighting),
    ]
  }

  note(note: Note): readonly string[] {
    const { dim, yellow } = this.#colors
    const color = note.kind === 'connection' || note.kind === 'end' ? dim : yellow
    return [`${this.#when(note)}${color(visible(note.text))}`]
  }

  #title(seen: PacketSeen, { name, defect, isGuess, alternatives }: PacketFacts): string {
    const { bold, red, dim, yellow } = this.#colors
    const { packet, version, type } = seen.sighting
    const head = defect === undefined ? bold(name) : bold(red(`${name} (malformed)`))
    const flags = type === 'publish' && defect === undefined ? publishFlags(packet.bytes) : ''
    const also = alternatives.map((other) => VERSION_NAMES[other]).join(' and ')
    const guess = also === '' ? 'a guess' : `a guess: it is well-formed in ${also} too`
    const version5 = type === 'connect' ? '' : `MQTT ${VERSION_NAMES[version]}`
    const notes = isGuess ? yellow(`  ${version5}, ${guess}`) : ''
    const size = dim(`  ${bytesCount(packet.length)}`)
    return `${this.#when(seen)}${head}${flags}${size}${notes}`
  }

  #fields(all: readonly Field[], depth: number): readonly string[] {
    const fields = this.#detail.offsets ? all : all.filter(isTelling)
    const told = fields.slice(0, FIELDS_MAX)
    const lines = told.flatMap((field) => this.#field(field, depth))
    const left = fields.length - told.length
    if (left > 0) lines.push(`${indentation(depth)}... and ${left.toLocaleString('en')} more`)
    return lines
  }

  #field(field: Field, depth: number): readonly string[] {
    const { dim, cyan } = this.#colors
    const { name, parts } = field
    const offsets = this.#detail.offsets ? dim(`${rangeText(field)}  `) : ''
    if (parts !== undefined) {
      return [`${offsets}${indentation(depth)}${dim(name)}`, ...this.#fields(parts, depth + 1)]
    }
    const label = name.padEnd(Math.max(0, LABEL_COLUMNS - 2 * depth))
    return [
      `${offsets}${indentation(depth)}${cyan(label)} ${valueText(field, this.#detail)}`.trimEnd(),
    ]
  }

  #resolution({ aliasedTopic }: Sighting): readonly string[] {
    if (aliasedTopic === undefined) return []
    return [`${indentation(1)}The Topic Alias stands for "${visible(aliasedTopic)}"`]
  }

  #defect(sighting: Sighting, facts: PacketFacts): readonly string[] {
    const { defect } = facts
    if (defect === undefined) return []
    const { red } = this.#colors
    const { at, length, message, reason } = defect
    const which = length === 1 ? `byte ${at}` : `bytes ${at} to ${at + length - 1}`
    const called = reason === undefined ? '' : `: ${reason}`
    const dump = hexDump(bytesToShow(sighting, facts, this.#detail), defect, this.#colors)
    return [
      `${indentation(1)}${red(`Malformed at ${which}: ${visible(message)}${called}`)}`,
      ...dump.map((line) => `${indentation(1)}${line}`),
    ]
  }

  #ending({ packet: { end, bytes, length }, givenUp }: Sighting): readonly string[] {
    const { yellow } = this.#colors
    if (givenUp === true) {
      return [`${indentation(1)}${yellow('Too much is malformed: the rest is not looked at')}`]
    }
    if (end === 'cut-off') return [`${indentation(1)}${yellow('The packet is cut off here')}`]
    if (end === 'unframable') {
      return [`${indentation(1)}${yellow('Nobody can tell where the next packet begins')}`]
    }
    if (bytes.length === length) return []
    const kept = `Only the first ${bytesCount(bytes.length)} of it were looked at`
    return [`${indentation(1)}${yellow(kept)}`]
  }

  #when({ timeMs, connection, sender }: Circumstances): string {
    const { dim, green, blue } = this.#colors
    const time = timeMs === undefined ? '' : `${dim(timeOfDay(timeMs))} `
    const number = connection === undefined ? '' : `${dim(`#${connection}`)} `
    const arrow = sender === 'client' ? `${green('-->')} ` : `${blue('<--')} `
    return `${time}${number}${sender === undefined ? '' : arrow}`
  }
}

const LABEL_COLUMNS = 28

/** What the title says already, and lengths. */
const UNTOLD: readonly string[] = [
  'Control Packet type',
  'Flags',
  'Remaining Length',
  'DUP',
  'QoS',
  'RETAIN',
  'Property Length',
]

/** Whether a field says something to whom does not ask for every byte. */
function isTelling({ name, parts }: Field): boolean {
  return parts === undefined ? !UNTOLD.includes(name) : parts.some(isTelling)
}

function publishFlags(bytes: Uint8Array): string {
  const flags = bytes[0] ?? 0
  const dup = (flags & 0b1000) === 0 ? '' : ', DUP'
  const retain = (flags & 0b0001) === 0 ? '' : ', RETAIN'
  return ` QoS ${(flags >> 1) & 3}${dup}${retain}`
}

function rangeText({ at, length }: Field): string {
  const range = length <= 1 ? String(at) : `${at}-${at + length - 1}`
  return range.padStart(11)
}

function indentation(depth: number): string {
  return '  '.repeat(depth)
}

/** Of this machine: `14:03:59.120`. */
function timeOfDay(timeMs: number): string {
  const date = new Date(timeMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
