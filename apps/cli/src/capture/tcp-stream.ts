/**
 * One direction of a TCP connection, put in order again (RFC 9293, section 3.4): what was sent
 * twice is trimmed, what comes early waits, and what the capture has missed is given up when the
 * other end has acknowledged it, or too much waits for it.
 */

/** What comes out: bytes in order, bytes that are not in the capture, and the end. */
export type StreamPiece =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'gap'; readonly length: number }
  | { readonly type: 'end' }

/** A part of the stream, as a segment carries it. */
export interface StreamPart {
  readonly sequence: number
  readonly payload: Uint8Array
  readonly missingBytes: number
  readonly fin: boolean
}

const HELD_BYTES_MAX = 262_144
const HELD_PARTS_MAX = 1_024

/** Puts the parts of one direction in order. */
export class TcpStream {
  /** The sequence number of the next byte; not known before the first part. */
  #next: number | undefined
  /** What came early, in the order of the sequence. */
  #held: StreamPart[] = []
  #heldBytes = 0
  #ended = false

  /** The sender's first sequence number, perhaps again: its first byte is the next one. */
  begin(sequence: number): void {
    this.#next ??= (sequence + 1) >>> 0
  }

  /** Takes a part, and gives what is in order by now. */
  push(part: StreamPart): StreamPiece[] {
    this.#next ??= part.sequence
    const pieces: StreamPiece[] = []
    if (distance(part.sequence, this.#next) > 0) this.#hold(part)
    else this.#deliver(part, pieces)
    this.#deliverHeld(pieces)
    while (this.#heldBytes > HELD_BYTES_MAX || this.#held.length > HELD_PARTS_MAX) {
      this.#skip(pieces)
    }
    return pieces
  }

  /** The other end has had everything in front of this number, whatever the capture has. */
  acknowledged(sequence: number): StreamPiece[] {
    const pieces: StreamPiece[] = []
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      if (distance(sequence, first.sequence) < 0) break
      this.#skip(pieces)
    }
    return pieces
  }

  /** Nothing more comes: what waits is given, with gaps for what it waited for. */
  finish(): StreamPiece[] {
    const pieces: StreamPiece[] = []
    while (this.#held.length > 0) this.#skip(pieces)
    return pieces
  }

  #hold(part: StreamPart): void {
    const index = this.#held.findIndex(({ sequence }) => distance(sequence, part.sequence) > 0)
    // A copy of its own: a view would keep the chunk of the file that it lies in.
    const kept = { ...part, payload: part.payload.slice() }
    this.#held.splice(index === -1 ? this.#held.length : index, 0, kept)
    this.#heldBytes += part.payload.length
  }

  #deliver(part: StreamPart, pieces: StreamPiece[]): void {
    const next = this.#next ?? part.sequence
    const known = distance(next, part.sequence)
    const bytes = part.payload.subarray(Math.max(0, known))
    const end = (part.sequence + part.payload.length + part.missingBytes) >>> 0
    if (bytes.length > 0) pieces.push({ type: 'bytes', bytes })
    const missing = Math.min(part.missingBytes, distance(end, next))
    if (missing > 0) pieces.push({ type: 'gap', length: missing })
    if (distance(end, next) > 0) this.#next = end
    if (part.fin && !this.#ended) {
      this.#ended = true
      pieces.push({ type: 'end' })
    }
  }

  #deliverHeld(pieces: StreamPiece[]): void {
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      if (distance(first.sequence, this.#next ?? first.sequence) > 0) return
      this.#release(first, pieces)
    }
  }

  /** Gives up what is missing in front of the first part that waits. */
  #skip(pieces: StreamPiece[]): void {
    const [first] = this.#held
    if (first === undefined) return
    const length = distance(first.sequence, this.#next ?? first.sequence)
    if (length > 0) pieces.push({ type: 'gap', length })
    this.#next = first.sequence
    this.#deliverHeld(pieces)
  }

  #release(part: StreamPart, pieces: StreamPiece[]): void {
    this.#held.shift()
    this.#heldBytes -= part.payload.length
    this.#deliver(part, pieces)
  }
}

/** How far `to` is ahead of `from`, in a sequence that begins again at 2^32. */
function distance(to: number, from: number): number {
  return (to - from) | 0
}
