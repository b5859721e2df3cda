/** Packets from hexadecimal text, from a file of raw bytes, or from a capture, whichever it is. */
import { ByteSource } from '../capture/byte-source.ts'
import { isCapture } from '../capture/capture-file.ts'
import { inspectCapture } from './capture-source.ts'
import { Conversation } from './conversation.ts'
import { bytesCount } from './field-text.ts'
import type { Happening } from './happening.ts'
import { HexText, looksLikeHexText } from './hex-text.ts'
import type { SourceKnowledge } from './source-knowledge.ts'

/** The packets that hexadecimal text has. @throws {HexTextError} */
export function* inspectHex(text: string, { version }: SourceKnowledge): Generator<Happening> {
  const conversation = new Conversation(version)
  const hex = new HexText()
  for (const line of text.split('\n')) yield* received(conversation, hex.read(line))
  yield* ended(conversation)
}

/**
 * The packets in a file of any of the three kinds, which its beginning tells.
 * @throws {HexTextError} for text that is no hexadecimal.
 * @throws {CaptureError} for a capture that cannot be read on.
 */
export async function* inspectStream(
  chunks: AsyncIterable<Uint8Array>,
  knowledge: SourceKnowledge,
): AsyncGenerator<Happening> {
  const source = new ByteSource(chunks)
  const beginning = await source.peek(BEGINNING_BYTES)
  if (isCapture(beginning)) {
    yield* inspectCapture(source, knowledge)
    return
  }
  const conversation = new Conversation(knowledge.version)
  const bytes = looksLikeHexText(beginning) ? bytesOfText(source) : source.rest()
  for await (const chunk of bytes) yield* received(conversation, chunk)
  yield* ended(conversation)
}

/** Enough to tell text from packets, of which the first few bytes are never all printable. */
const BEGINNING_BYTES = 512

async function* bytesOfText(source: ByteSource): AsyncGenerator<Uint8Array> {
  const hex = new HexText()
  const decoder = new TextDecoder()
  let begun = ''
  for await (const chunk of source.rest()) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) yield hex.read(line)
  }
  yield hex.read(begun + decoder.decode())
}

/** Nobody knows who sent the bytes, and for the conversation it makes no difference. */
const SOMEBODY = 'client'

function* received(conversation: Conversation, bytes: Uint8Array): Generator<Happening> {
  for (const sighting of conversation.receive(SOMEBODY, bytes)) yield { type: 'packet', sighting }
}

function* ended(conversation: Conversation): Generator<Happening> {
  const lost = conversation.lostBytes(SOMEBODY)
  for (const sighting of conversation.end(SOMEBODY)) yield { type: 'packet', sighting }
  if (lost === 0) return
  const text = `${bytesCount(lost)} behind it could not be cut into packets`
  yield { type: 'note', kind: 'lost', text, details: { bytes: lost } }
}
