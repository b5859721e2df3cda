/** Segments to connections: who is the client, and what each end sent, in order. */
import type { Endpoint, TcpSegment } from './tcp-segment.ts'
import { TcpStream } from './tcp-stream.ts'
import type { StreamPiece } from './tcp-stream.ts'

/** Which end of a connection sent something. */
type Sender = 'client' | 'server'

/** A connection in a capture. */
export interface CapturedConnection {
  readonly client: Endpoint
  readonly server: Endpoint
  /** Whether the capture has its beginning. */
  readonly fromStart: boolean
}

/** What happened to a connection. */
export interface ConnectionEvent {
  readonly connection: CapturedConnection
  readonly sender: Sender
  readonly timeMs: number
  /** A reset is the end of both directions; at a stop it is the capture that ends. */
  readonly piece: StreamPiece | { readonly type: 'reset' } | { readonly type: 'stop' }
}

/** More connections at a time than that, and the one that was silent longest is given up. */
const CONNECTIONS_MAX = 4_096

/** Follows the connections of a capture. */
export class TcpConnections {
  readonly #isServerPort: (port: number) => boolean
  readonly #open = new Map<string, Following>()

  /** `isServerPort` tells the ends apart where the capture lacks the beginning of a connection. */
  constructor(isServerPort: (port: number) => boolean) {
    this.#isServerPort = isServerPort
  }

  /** Takes a segment; gives what happened by it. */
  *receive(segment: TcpSegment): Generator<ConnectionEvent> {
    const following = this.#followingOf(segment)
    const { connection, streams } = following
    const sender = isSame(segment.from, connection.client) ? 'client' : 'server'
    const { timeMs, sequence, acknowledgement } = segment
    following.timeMs = timeMs
    const own = streams[sender]
    const other = sender === 'client' ? 'server' : 'client'
    if (segment.syn) own.begin(sequence)
    else yield* events(following, sender, own.push(segment))
    if (acknowledgement !== undefined) {
      yield* events(following, other, streams[other].acknowledged(acknowledgement))
    }
    if (segment.rst) yield { connection, sender, timeMs, piece: { type: 'reset' } }
  }

  /** The capture is over: what still waits is given. */
  *finish(): Generator<ConnectionEvent> {
    for (const following of this.#open.values()) {
      for (const sender of ['client', 'server'] as const) {
        const pieces = following.streams[sender].finish()
        yield* events(following, sender, [...pieces, { type: 'stop' }])
      }
    }
    this.#open.clear()
  }

  #followingOf(segment: TcpSegment): Following {
    const key = keyOf(segment)
    const known = this.#open.get(key)
    // The map is in the order of the last segments.
    if (known !== undefined) this.#open.delete(key)
    const isNew = known === undefined || begins(segment, known)
    const following = isNew ? this.#begin(segment) : known
    this.#open.set(key, following)
    if (this.#open.size > CONNECTIONS_MAX) this.#forgetOldest()
    return following
  }

  #begin(segment: TcpSegment): Following {
    const { from, to, syn, acknowledgement, sequence, timeMs } = segment
    const fromClient = syn ? acknowledgement === undefined : this.#isFromClient(segment)
    const [client, server] = fromClient ? [from, to] : [to, from]
    const streams = { client: new TcpStream(), server: new TcpStream() }
    const connection = { client, server, fromStart: syn }
    return { connection, streams, firstSequence: syn ? sequence : undefined, timeMs }
  }

  #isFromClient({ from, to }: TcpSegment): boolean {
    if (this.#isServerPort(to.port)) return true
    if (this.#isServerPort(from.port)) return false
    return to.port < from.port
  }

  #forgetOldest(): void {
    const [oldest] = this.#open.keys()
    if (oldest !== undefined) this.#open.delete(oldest)
  }
}

interface Following {
  readonly connection: CapturedConnection
  readonly streams: Readonly<Record<Sender, TcpStream>>
  /** Of the SYN with which it began. */
  readonly firstSequence: number | undefined
  timeMs: number
}

function* events(
  { connection, timeMs }: Following,
  sender: Sender,
  pieces: readonly ConnectionEvent['piece'][],
): Generator<ConnectionEvent> {
  for (const piece of pieces) yield { connection, sender, timeMs, piece }
}

/** A SYN that was not seen before, between ends that had a connection already. */
function begins({ syn, acknowledgement, sequence }: TcpSegment, known: Following): boolean {
  return syn && acknowledgement === undefined && sequence !== known.firstSequence
}

/** The same for both directions. */
function keyOf({ from, to }: TcpSegment): string {
  const ends = [`${from.host}:${from.port}`, `${to.host}:${to.port}`]
  return ends.toSorted().join(' ')
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && one.host === other.host
}
