/** Messages that are read from the log. */
import { Decoder, PublishFrame } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import type { Position } from '@godwit/store'
import { JournalEntry } from './journal-entry.ts'
import { Message } from './message.ts'
import { decodeEntry } from './stored/index.ts'
import type { Audience } from './stored/index.ts'
import type { TimeOfDay } from './time-of-day.ts'

/** A message, and who it is for. */
export interface LogMessage {
  readonly message: Message
  readonly audience: Audience
}

/** Reads an entry. @throws {Error} for bytes that are none: they were checked, so we wrote them. */
export function logMessage(bytes: Uint8Array, position: Position, time: TimeOfDay): LogMessage {
  const { receivedAt, publisher, audience, version, packet } = decodeEntry(bytes)
  const message = new Message(frameOf(packet, version), time.instantOf(receivedAt), publisher)
  message.entry = JournalEntry.at(position)
  message.isOwn = true
  return { message, audience }
}

/** A PUBLISH as it is stored. @throws {Error} */
export function frameOf(packet: Uint8Array, version: ProtocolVersion): PublishFrame {
  const decoder = (decoders[version] ??= new Decoder({ version }))
  decoder.push(packet)
  const frame = decoder.next()
  if (frame instanceof PublishFrame) return frame
  decoders[version] = undefined
  throw new TypeError('A stored message is no PUBLISH: the store was written by another program')
}

const decoders: Record<ProtocolVersion, Decoder | undefined> = {
  3: undefined,
  4: undefined,
  5: undefined,
}
