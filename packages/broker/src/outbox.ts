/**
 * What waits to be written to one connection: the fourth of the clever classes.
 *
 * During a turn bytes gather here; at its end they leave in one vectored write, or in several of
 * 128 KiB where there is more. How they gather:
 *
 * - a run: packets that lie side by side in the chunk they came in and leave unchanged are only
 *   noted, as one range that grows. A long run leaves by reference, a short one is copied once.
 * - anything else, a header with a receiver's own first byte or Packet Identifier, is copied into
 *   an extent of a slab.
 *
 *     chunk   ... |#############| ...      pieces: [extent view, run view, extent view, ...]
 *                  ^ run: from..to
 *
 * Copying wins up to about 512 bytes, referring beyond (2 to 3 times at 1 to 4 KiB). A burst of
 * messages from one publisher is one long run: 0.03 us of CPU a delivery instead of 0.23
 * (prototype, 1 to 100 fan-out, 64-byte payloads).
 *
 * Bounds: a client that does not read makes `transport.write` return false. From then on the bytes
 * wait here, and `hasRoom` says no beyond `bytesMax`. Whoever offers a message of QoS 0 drops it
 * then; one above QoS 0 stays in the session. What can do neither may go over by as much again.
 *
 * What waits, here or in a transport that could not pass it on at once, must not keep more memory
 * alive than it has bytes: a short view would hold a whole chunk or slab. So nothing is shared
 * with a client that is behind, unless a run is at least half of the memory that it lies in.
 */
import { ACK_BYTES, writeAck } from '@godwit/codec'
import type { AcknowledgementType, PacketIdentifier, PublishLayout } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import type { Observers } from './observers.ts'
import { Extent } from './slab.ts'
import type { SlabPool } from './slab.ts'
import type { Counters } from './stats.ts'
import type { Surroundings } from './surroundings.ts'
import type { Turn, TurnParticipant } from './turn.ts'

/** Runs of at least this many bytes are written by reference. */
const REFERENCE_BYTES_MIN = 512
const EXTENT_BYTES_MIN = 128
const EXTENT_BYTES_MAX = 16 * 1024
/** Beyond it a turn does not wait for its end: the kernel may as well begin to send. */
const FLUSH_BYTES = 256 * 1024

/**
 * The most that one write has. A transport shows that a write is done, not how far it is, and a
 * slow link must not look like one that is stuck: in 30 s even 4.4 KB/s take this much.
 */
const PORTION_BYTES = 128 * 1024

const NOTHING = new Uint8Array(0)

/** Whom an outbox tells how fast its client reads. */
export interface OutboxClient {
  /** The client turned slow: `stalledSince` is a time from here on. */
  congested(): void
  /** It has caught up: there is room again. */
  drained(): void
}

/** The bytes on their way to one client. */
export class Outbox implements TurnParticipant {
  readonly #transport: Transport
  readonly #turn: Turn
  readonly #slabs: SlabPool
  readonly #observers: Observers
  readonly #counters: Counters
  readonly #bytesMax: number
  readonly #client: OutboxClient
  /** What the next write consists of, in order; the extent and the run come behind it. */
  #pieces: Uint8Array[] = []
  #extent: Extent | undefined
  #run: Uint8Array = NOTHING
  #runFrom = 0
  #runTo = 0
  /** All that waits here. */
  #bytes = 0
  /** Those of payloads that were added and are not counted yet. */
  #payloadBytes = 0
  /** The size of the next extent: as much as the last turn took. */
  #extentBytes = EXTENT_BYTES_MIN
  #touched = false
  #ending = false
  /** The client keeps up, so what it is sent is gone before it could keep memory alive. */
  #keepsUp = true
  /** The transport has said that the client is slow. */
  #congested = false
  /** Of what had to be added to a client that is slow: what goes beyond `bytesMax`. */
  #overBytes = 0
  /** What the transport still held when it was looked at last, and when that last shrank. */
  #heldBytes = 0
  #progressAt = 0

  constructor(
    transport: Transport,
    surroundings: Pick<Surroundings, 'turn' | 'slabs' | 'limits' | 'observers' | 'counters'>,
    client: OutboxClient,
  ) {
    this.#transport = transport
    this.#turn = surroundings.turn
    this.#slabs = surroundings.slabs
    this.#observers = surroundings.observers
    this.#counters = surroundings.counters
    this.#bytesMax = surroundings.limits.outboxBytesMax
    this.#client = client
  }

  /** How many bytes wait, here and in the transport. */
  get bytes(): number {
    return this.#bytes + this.#transport.bufferedBytes
  }

  /** Whether a message of this size may be added. A client that keeps up always has room. */
  hasRoom(length: number): boolean {
    return !this.#congested || this.bytes + length <= this.#bytesMax
  }

  /** Whether so much waits that only ending the connection can bound it. */
  get overflowing(): boolean {
    return this.#congested && this.#overBytes > this.#bytesMax
  }

  /** Since when a slow client has taken nothing; Infinity for one that is not slow. */
  stalledSince(now: number): number {
    if (!this.#congested) return Infinity
    const held = this.#transport.bufferedBytes
    if (held < this.#heldBytes) this.#progressAt = now
    this.#heldBytes = held
    return this.#progressAt
  }

  /** Adds a whole packet, unless the end was announced. Its bytes must stay as they are. */
  add(packet: Uint8Array): void {
    if (this.#ending) return // [MQTT-3.14.4-1]
    this.#touch()
    this.#bytes += packet.length
    this.#counters.othersOut++
    if (this.#congested) this.#goOver(packet.length)
    this.#extendRun(packet, 0, packet.length)
  }

  /**
   * Adds a PUBLISH of a shared layout with a first byte, a Packet Identifier (0 for none) and a
   * Message Expiry Interval of the receiver's own (-1 for the one that is there). Borrows the
   * layout's bytes until the turn ends.
   */
  addPublish(
    layout: PublishLayout,
    firstByte: number,
    packetId: PacketIdentifier,
    secondsLeft: number,
  ): void {
    if (this.#ending) return // [MQTT-3.14.4-1]
    this.#touch()
    const { bytes, start, length } = layout
    this.#bytes += length
    this.#payloadBytes += length - layout.payloadAt
    if (packetId !== 0) this.#counters.sentAboveQoS0(firstByte)
    if (bytes[start] === firstByte && packetId === 0 && secondsLeft < 0) {
      this.#extendRun(bytes, start, start + length)
    } else {
      this.#endRun()
      // A short packet whose beginning is copied anyway is copied whole.
      const copied = length < REFERENCE_BYTES_MIN ? length : layout.payloadAt
      this.#copy(bytes, start, start + copied)
      this.#patch(copied, layout, firstByte, packetId, secondsLeft)
      if (copied < length) this.#extendRun(bytes, start + copied, start + length)
    }
    if (this.#bytes >= FLUSH_BYTES && !this.#congested) this.#write()
  }

  /** Adds an acknowledgement of Success. */
  addAcknowledgement(type: AcknowledgementType, packetId: PacketIdentifier): void {
    if (this.#ending) return // [MQTT-3.14.4-1]
    this.#touch()
    this.#bytes += ACK_BYTES
    this.#counters.othersOut++
    if (this.#congested) this.#goOver(ACK_BYTES)
    this.#endRun()
    const extent = this.#extentFor(ACK_BYTES)
    extent.at = writeAck(extent.bytes, extent.at, type, packetId)
  }

  /** The turn is over: writes what waits, unless the client must first take what it was sent. */
  flush(): void {
    this.#touched = false
    if (this.#congested && !this.#ending) this.#endRun()
    else this.#write()
    if (this.#ending) this.#transport.close()
  }

  /** Nothing is added any more: closes the transport behind what waits. */
  end(): void {
    this.#touch()
    this.#ending = true
  }

  /** The transport has sent all it had. */
  drained(): void {
    this.#turn.begin()
    this.#congested = false
    this.#write()
    if (!this.#congested) this.#client.drained()
  }

  /** A message that waits, however large, is not the client's doing; what it asks for is. */
  #goOver(length: number): void {
    const over = this.bytes - this.#bytesMax
    if (over <= length) this.#overBytes = Math.max(0, over)
    else this.#overBytes += length
  }

  #touch(): void {
    if (this.#touched) return
    this.#touched = true
    this.#keepsUp = !this.#congested && this.#transport.bufferedBytes === 0
    this.#turn.touch(this)
  }

  #extendRun(bytes: Uint8Array, from: number, to: number): void {
    if (bytes === this.#run && from === this.#runTo) {
      this.#runTo = to
      return
    }
    this.#endRun()
    this.#run = bytes
    this.#runFrom = from
    this.#runTo = to
  }

  /** Makes the run stay: a view of the chunk if it is long enough for that, a copy otherwise. */
  #endRun(): void {
    const length = this.#runTo - this.#runFrom
    if (length === 0) return
    const shareable = this.#keepsUp || 2 * length >= this.#run.buffer.byteLength
    if (length >= REFERENCE_BYTES_MIN && shareable) {
      this.#endExtent()
      this.#pieces.push(viewOf(this.#run, this.#runFrom, this.#runTo))
    } else {
      this.#copy(this.#run, this.#runFrom, this.#runTo)
    }
    this.#run = NOTHING
    this.#runFrom = this.#runTo = 0
  }

  /** Fills in what is the receiver's own, in the bytes that were copied last. */
  #patch(
    copied: number,
    layout: PublishLayout,
    firstByte: number,
    packetId: PacketIdentifier,
    secondsLeft: number,
  ): void {
    const extent = this.#extent
    if (extent === undefined) return
    const { bytes } = extent
    const start = extent.at - copied
    bytes[start] = firstByte
    if (packetId !== 0) {
      const at = start + layout.packetIdAt
      bytes[at] = packetId >>> 8
      bytes[at + 1] = packetId
    }
    if (secondsLeft < 0 || layout.messageExpiryAt === 0) return
    const at = start + layout.messageExpiryAt
    bytes[at] = secondsLeft >>> 24
    bytes[at + 1] = secondsLeft >>> 16
    bytes[at + 2] = secondsLeft >>> 8
    bytes[at + 3] = secondsLeft
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    const extent = this.#extentFor(to - from)
    extent.bytes.set(viewOf(bytes, from, to), extent.at)
    extent.at += to - from
  }

  #extentFor(length: number): Extent {
    const extent = this.#extent
    if (extent !== undefined && extent.room >= length) return extent
    this.#endExtent()
    const bytes = Math.max(length, this.#extentBytes)
    this.#extentBytes = Math.min(2 * this.#extentBytes, EXTENT_BYTES_MAX)
    return (this.#extent = this.#keepsUp ? this.#slabs.take(bytes) : ownExtent(bytes))
  }

  #endExtent(): void {
    const extent = this.#extent
    if (extent === undefined) return
    this.#extent = undefined
    this.#slabs.giveBack(extent)
    if (extent.at > extent.start) this.#pieces.push(extent.written())
  }

  /** Writes until nothing waits, or the client turns slow; all of it if it is the last. */
  #write(): void {
    this.#endRun()
    this.#endExtent()
    if (this.#pieces.length === 0) return
    this.#counters.payloadBytesOut += this.#payloadBytes
    this.#payloadBytes = 0
    this.#extentBytes = clamp(this.#bytes, EXTENT_BYTES_MIN, EXTENT_BYTES_MAX)
    while (this.#pieces.length > 0 && (!this.#congested || this.#ending)) {
      this.#send(this.#takePortion())
    }
  }

  #takePortion(): readonly Uint8Array[] {
    const pieces = this.#pieces
    this.#counters.bytesOut += Math.min(this.#bytes, PORTION_BYTES)
    if (this.#bytes <= PORTION_BYTES) {
      this.#pieces = []
      this.#bytes = 0
      return pieces
    }
    let count = 0
    let bytes = 0
    for (const piece of pieces) {
      if (bytes + piece.length > PORTION_BYTES) break
      bytes += piece.length
      count++
    }
    this.#bytes -= PORTION_BYTES
    const portion = pieces.splice(0, count)
    const cut = pieces[0]
    if (cut !== undefined && bytes < PORTION_BYTES) {
      portion.push(cut.subarray(0, PORTION_BYTES - bytes))
      pieces[0] = cut.subarray(PORTION_BYTES - bytes)
    }
    return portion
  }

  #send(pieces: readonly Uint8Array[]): void {
    if (this.#accepted(pieces)) return
    this.#congested = true
    this.#keepsUp = false
    this.#heldBytes = this.#transport.bufferedBytes
    this.#progressAt = this.#turn.now
    this.#client.congested()
  }

  /** A transport that throws is broken: it is dropped, and nobody else suffers for it. */
  #accepted(pieces: readonly Uint8Array[]): boolean {
    try {
      return this.#transport.write(pieces)
    } catch (error) {
      this.#observers.fault?.(error)
      this.#transport.destroy()
      return false
    }
  }
}

function ownExtent(bytes: number): Extent {
  return new Extent(new Uint8Array(bytes), 0, bytes)
}

function viewOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
