/** A message in a format of `mosquitto_sub -F`, as bytes: a payload may be any. */
import { dateOf, dayAndTime, zoneOffset } from './instant.ts'
import type { FieldPiece, FormatPiece } from './format.ts'
import { messageJson } from './message-json.ts'
import type { ShownMessage } from './shown-message.ts'
import { strftime } from './strftime.ts'

/** How a format is filled in. */
export interface Rendering {
  /** JSON on many lines. */
  readonly pretty: boolean
  /** Told that the payload of a message is not JSON, which `%J` wants. */
  readonly notJson: (message: ShownMessage) => void
  /** Makes what came from a client harmless for a terminal; absent if nobody looks. */
  readonly harmless?: (bytes: Uint8Array) => Uint8Array
}

/** Fills in a format that was taken apart. */
export function renderFormat(
  pieces: readonly FormatPiece[],
  message: ShownMessage,
  rendering: Rendering,
): Uint8Array {
  return Buffer.concat(
    pieces.map((piece) => {
      if ('literal' in piece) return Buffer.from(piece.literal)
      if ('time' in piece) return Buffer.from(strftime(piece.time, message.at))
      const bytes = render(piece, message, rendering)
      return rendering.harmless?.(bytes) ?? bytes
    }),
  )
}

function render(piece: FieldPiece, message: ShownMessage, rendering: Rendering): Uint8Array {
  const number = NUMBERS.get(piece.field)
  if (number !== undefined) return Buffer.from(padded(String(number(message) ?? ''), piece))
  const text = TEXTS.get(piece.field)
  if (text !== undefined) return Buffer.from(text(message, piece))
  switch (piece.field) {
    case 'D':
      return message.properties.correlationData ?? new Uint8Array()
    case 'p':
      return paddedPayload(message.payload, piece)
    default:
      return Buffer.from(messageJson(message, { ...rendering, parsed: piece.field === 'J' }))
  }
}

/** Numbers can have zeros in front. Of a Topic Alias nothing is left when a message is shown. */
const NUMBERS: ReadonlyMap<string, (message: ShownMessage) => number | undefined> = new Map<
  string,
  (message: ShownMessage) => number | undefined
>([
  ['A', () => undefined],
  ['E', ({ properties }) => properties.messageExpiryInterval],
  ['F', ({ properties }) => properties.payloadFormatIndicator],
  ['l', ({ payload }) => payload.length],
  ['m', ({ packetId }) => packetId],
  ['S', () => undefined],
])

type Text = (message: ShownMessage, piece: FieldPiece) => string

const TEXTS: ReadonlyMap<string, Text> = new Map<string, Text>([
  ['t', ({ topic }, piece) => cutAndPadded(topic, piece)],
  ['C', ({ properties }, piece) => cutAndPadded(properties.contentType ?? '', piece)],
  ['R', ({ properties }, piece) => cutAndPadded(properties.responseTopic ?? '', piece)],
  ['I', ({ at }, piece) => cutAndPadded(isoTime(dateOf(at)), piece)],
  ['P', ({ properties }) => userProperties(properties.userProperty ?? [])],
  ['q', ({ qos }) => String(qos)],
  ['r', ({ retain }) => (retain ? '1' : '0')],
  ['U', ({ at }) => `${at.seconds}.${String(at.nanoseconds).padStart(9, '0')}`],
  ['x', ({ payload }, piece) => padded(hex(payload), piece)],
  ['X', ({ payload }, piece) => padded(hex(payload).toUpperCase(), piece)],
])

function isoTime(date: Date): string {
  return `${dayAndTime(date)}${zoneOffset(date)}`
}

function userProperties(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.map(([name, value]) => `${name}:${value}`).join(' ')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function cutAndPadded(text: string, piece: FieldPiece): string {
  const { precision } = piece
  const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('')
  return padded(cut, { ...piece, zeroPadded: false })
}

function padded(text: string, { width, leftAligned, zeroPadded }: FieldPiece): string {
  const missing = width - Array.from(text).length
  if (missing <= 0) return text
  if (leftAligned) return text + ' '.repeat(missing)
  return (zeroPadded ? '0' : ' ').repeat(missing) + text
}

function paddedPayload(payload: Uint8Array, { width, ...piece }: FieldPiece): Uint8Array {
  const padding = Buffer.from(padded('', { ...piece, width: width - payload.length }))
  return Buffer.concat(piece.leftAligned ? [payload, padding] : [padding, payload])
}
