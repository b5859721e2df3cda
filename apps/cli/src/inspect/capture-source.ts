/** Packets from a capture: its TCP connections, and what of them is MQTT. */
import type { ByteSource } from '../capture/byte-source.ts'
import { CaptureError } from '../capture/captured-frame.ts'
import { readSegments } from '../capture/capture-file.ts'
import type { CaptureCounts } from '../capture/capture-file.ts'
import { TcpConnections } from '../capture/tcp-connections.ts'
import type { CapturedConnection, ConnectionEvent } from '../capture/tcp-connections.ts'
import type { TcpSegment } from '../capture/tcp-segment.ts'
import { CapturedConversation } from './captured-conversation.ts'
import type { Happening, Note } from './happening.ts'
import type { SourceKnowledge } from './source-knowledge.ts'

/** The ports that servers have where nobody says another. */
const MQTT_PORTS: readonly number[] = [1883, 8883]

/** The packets of all connections that speak MQTT. @throws {CaptureError} if it is none. */
export async function* inspectCapture(
  source: ByteSource,
  knowledge: SourceKnowledge,
): AsyncGenerator<Happening> {
  const counts: CaptureCounts = { frames: 0, otherFrames: 0, unknownLinkTypes: new Set() }
  const conversations = new CapturedConversations(knowledge)
  let failure: CaptureError | undefined
  try {
    for await (const segment of readSegments(source, counts)) {
      yield* conversations.receive(segment)
    }
  } catch (error) {
    // What came in front of the damage is told first, to its end.
    if (!(error instanceof CaptureError)) throw error
    failure = error
  }
  yield* conversations.finish()
  yield summaryOf(counts, conversations)
  if (failure !== undefined) throw failure
}

class CapturedConversations {
  readonly #knowledge: SourceKnowledge
  readonly #connections: TcpConnections
  readonly #conversations = new WeakMap<CapturedConnection, CapturedConversation>()
  #seen = 0
  #mqtt = 0

  constructor(knowledge: SourceKnowledge) {
    this.#knowledge = knowledge
    this.#connections = new TcpConnections((port) => this.#isServerPort(port))
  }

  get seen(): number {
    return this.#seen
  }

  get mqtt(): number {
    return this.#mqtt
  }

  *receive(segment: TcpSegment): Generator<Happening> {
    for (const event of this.#connections.receive(segment)) yield* this.#heard(event)
  }

  *finish(): Generator<Happening> {
    for (const event of this.#connections.finish()) yield* this.#heard(event)
  }

  *#heard(event: ConnectionEvent): Generator<Happening> {
    const { connection } = event
    let conversation = this.#conversations.get(connection)
    if (conversation === undefined) {
      this.#seen++
      conversation = this.#begin(connection)
      this.#conversations.set(connection, conversation)
    }
    yield* conversation.hear(event)
  }

  #begin(connection: CapturedConnection): CapturedConversation {
    const { port, version } = this.#knowledge
    const { server } = connection
    const isExpected = port === undefined ? MQTT_PORTS.includes(server.port) : port === server.port
    const isWanted = port === undefined || isExpected
    return new CapturedConversation(connection, {
      ...(version !== undefined && { version }),
      isExpected,
      isWanted,
      number: () => ++this.#mqtt,
    })
  }

  #isServerPort(port: number): boolean {
    const { port: wanted } = this.#knowledge
    return wanted === undefined ? MQTT_PORTS.includes(port) : wanted === port
  }
}

function summaryOf(counts: CaptureCounts, { seen, mqtt }: CapturedConversations): Note {
  const { frames, otherFrames, unknownLinkTypes } = counts
  const unknown =
    unknownLinkTypes.size === 0
      ? ''
      : `, link types ${[...unknownLinkTypes].join(', ')} cannot be read`
  const tcp = (frames - otherFrames).toLocaleString('en')
  const text =
    `The capture has ${frames.toLocaleString('en')} frames, ${tcp} of TCP in ${seen} ` +
    `connections, ${mqtt} of MQTT${unknown}`
  return { type: 'note', kind: 'capture', text, details: { frames, otherFrames, seen, mqtt } }
}
