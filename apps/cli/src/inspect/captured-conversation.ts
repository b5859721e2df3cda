/** One TCP connection of a capture: whether it is MQTT, and if so what is said. */
import type { ProtocolVersion } from '@godwit/codec'
import type { CapturedConnection, ConnectionEvent } from '../capture/tcp-connections.ts'
import type { Endpoint } from '../capture/tcp-segment.ts'
import { Conversation } from './conversation.ts'
import type { Sender, Sighting } from './conversation.ts'
import { bytesCount } from './field-text.ts'
import type { Circumstances, Happening, Note, NoteKind } from './happening.ts'

/** What is known about a connection beforehand. */
export interface Expectation {
  readonly version?: ProtocolVersion
  /** Whether its server has a port of MQTT, so that it is MQTT even if it does not look like it. */
  readonly isExpected: boolean
  /** Whether anybody wants to know what is said. */
  readonly isWanted: boolean
  /** Gives the connection a number, once it is known to be MQTT. */
  readonly number: () => number
}

/** Follows one connection. */
export class CapturedConversation {
  readonly #connection: CapturedConnection
  readonly #expectation: Expectation
  #protocol: 'unknown' | 'mqtt' | 'other' = 'unknown'
  #conversation: Conversation
  #number = 0
  #over = false

  constructor(connection: CapturedConnection, expectation: Expectation) {
    this.#connection = connection
    this.#expectation = expectation
    this.#conversation = new Conversation(expectation.version)
    if (!expectation.isWanted) this.#protocol = 'other'
  }

  /** Takes what happened to the connection, and gives what there is to tell. */
  *hear({ sender, piece, timeMs }: ConnectionEvent): Generator<Happening> {
    if (piece.type === 'bytes') yield* this.#heardBytes(sender, piece.bytes, timeMs)
    if (this.#protocol !== 'mqtt') return
    const about = this.#about(timeMs, sender)
    if (piece.type === 'gap') {
      yield* packets(this.#conversation.gap(sender, piece.length), about)
      const text = `The capture lacks ${bytesCount(piece.length)} here`
      yield { ...about, type: 'note', kind: 'gap', text, details: { bytes: piece.length } }
    } else if (piece.type === 'stop') {
      yield* packets(this.#conversation.end(sender), about)
    } else if (piece.type !== 'bytes' && !this.#over) {
      yield* this.#ended(sender, piece.type, timeMs)
    }
  }

  *#heardBytes(sender: Sender, bytes: Uint8Array, timeMs: number): Generator<Happening> {
    if (this.#protocol === 'unknown') yield* this.#recognize(sender, bytes, timeMs)
    if (this.#protocol !== 'mqtt') return
    const about = this.#about(timeMs, sender)
    yield* packets(this.#conversation.receive(sender, bytes), about)
  }

  *#recognize(sender: Sender, bytes: Uint8Array, timeMs: number): Generator<Happening> {
    const { isExpected, number } = this.#expectation
    const other = otherProtocol(bytes)
    const isMqtt = other === undefined && (isExpected || (sender === 'client' && isConnect(bytes)))
    // A server that speaks first may still be spoken to in MQTT.
    if (!isMqtt && sender === 'server') return
    this.#protocol = isMqtt ? 'mqtt' : 'other'
    const { client, server } = this.#connection
    const ends = `${endText(client)} to ${endText(server)}`
    if (isMqtt) {
      this.#number = number()
      yield this.#note('connection', `Connection ${this.#number} from ${ends}`, timeMs)
    } else if (isExpected) {
      const text = `The connection from ${ends} speaks ${other ?? 'something else'}`
      yield { type: 'note', kind: 'not-mqtt', text, timeMs }
    }
  }

  *#ended(sender: Sender, how: 'end' | 'reset', timeMs: number): Generator<Happening> {
    const about = this.#about(timeMs, sender)
    yield* packets(this.#conversation.end(sender), about)
    if (how === 'end') {
      yield this.#note('end', `Connection ${this.#number}: the ${sender} has closed`, timeMs)
    } else {
      this.#over = true
      yield this.#note('end', `Connection ${this.#number}: the ${sender} has reset it`, timeMs)
    }
  }

  #note(kind: NoteKind, text: string, timeMs: number): Note {
    return { type: 'note', kind, text, timeMs, connection: this.#number }
  }

  #about(timeMs: number, sender: Sender): Circumstances {
    return { timeMs, sender, connection: this.#number }
  }
}

function* packets(sightings: Iterable<Sighting>, about: Circumstances): Generator<Happening> {
  for (const sighting of sightings) yield { ...about, type: 'packet', sighting }
}

function endText({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

/** What other protocols begin with on the ports of MQTT. */
function otherProtocol(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return 'TLS, which only its ends can read'
  const beginning = Buffer.from(bytes.subarray(0, 5)).toString('latin1')
  return beginning === 'GET /' || beginning === 'HTTP/' ? 'HTTP, perhaps a WebSocket' : undefined
}

/** Whether bytes begin like a CONNECT: type and flags, then a name in the first bytes behind. */
function isConnect(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x10) return false
  const beginning = Buffer.from(bytes.subarray(0, 13)).toString('latin1')
  return beginning.includes('\0\u0004MQTT') || beginning.includes('\0\u0006MQIsdp')
}
