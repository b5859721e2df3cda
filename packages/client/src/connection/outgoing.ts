/**
 * What is on its way to the server. Packets gather here during a turn of the event loop and leave
 * in one write at its end, or at once beyond 64 KiB.
 *
 * Short packets are copied side by side into a slab and leave as one piece, for a write costs a
 * transport something for each piece. What is large is poured in portions, each when the one before
 * was taken: so it shows whether a slow line is alive.
 */
import { ACK_BYTES, encode, ReasonCode, writeAck } from '@godwit/codec'
import type {
  AcknowledgementType,
  MqttError,
  PacketIdentifier,
  ProtocolVersion,
} from '@godwit/codec'
import type { ClientOutput } from '@godwit/session'
import type { Clock, Transport } from '@godwit/transport'
import type { Publication } from '../outbox/publication.ts'
import { Ring } from '../ring.ts'

/**
 * Longer packets leave by reference. Measured with TCP on Node 24, 100 messages a turn, in us of
 * CPU for each message, copied and referred to: 0.39 and 0.50 at 16 bytes, 0.54 and 0.53 at 256,
 * 0.79 and 0.61 at 512.
 */
const COPIED_BYTES_MAX = 256
const SLAB_BYTES = 16 * 1024
/** Beyond it a turn does not wait for its end: the network may as well begin to send. */
const FLUSH_BYTES = 64 * 1024
/**
 * Beyond it there is no room before the next turn, about a millisecond later: a program that
 * publishes as long as it may would else let nothing else happen, for its `await`s end no turn.
 */
const TURN_BYTES_MAX = 256 * 1024
const PORTION_BYTES = 64 * 1024
/** What a server may leave untaken before it is not listened to any more. */
const UNTAKEN_BYTES_MAX = 1024 * 1024

/** Whom an output tells what becomes of it. */
export interface OutgoingOwner {
  /** See `ClientOutput`. */
  refused(message: Publication, error: MqttError): void
  /** A turn is over that had no room left: there is room again. */
  rested(): void
  /** The server takes nothing, and what it is to be answered has grown too much. */
  overflowed(): void
  /** Writing has failed. */
  broken(error: unknown): void
}

/** The bytes of one connection. */
export class Outgoing implements ClientOutput<Publication> {
  readonly #transport: Transport
  readonly #version: ProtocolVersion
  readonly #clock: Clock
  readonly #owner: OutgoingOwner
  readonly #flushLater: () => void
  #pieces: Uint8Array[] = []
  /** What is to be poured, in portions at most. */
  readonly #held = new Ring<Uint8Array>()
  /** Acknowledgements among it. */
  #answerBytes = 0
  #bytes = 0
  #slab = NOTHING
  /** The part of the slab that waits to be written. */
  #from = 0
  #at = 0
  /** How much this turn was given. */
  #turnBytes = 0
  #scheduled = false
  #congested = false

  constructor(transport: Transport, version: ProtocolVersion, clock: Clock, owner: OutgoingOwner) {
    this.#transport = transport
    this.#version = version
    this.#clock = clock
    this.#owner = owner
    this.#flushLater = () => {
      const hadRoom = this.hasRoom
      this.#scheduled = false
      this.#turnBytes = 0
      this.flush()
      if (!hadRoom && this.hasRoom) this.#owner.rested()
    }
  }

  /** Whether the transport takes more, and this turn as well. */
  get hasRoom(): boolean {
    return !this.#congested && this.#turnBytes < TURN_BYTES_MAX
  }

  /** Whether something waits for the end of the turn. */
  get pending(): boolean {
    return this.#scheduled
  }

  /** A whole packet, in bytes that never change again. */
  publish(bytes: Uint8Array): void {
    const { length } = bytes
    if (length <= COPIED_BYTES_MAX) {
      this.#reserve(length)
      this.#slab.set(bytes, this.#at)
      this.#at += length
    } else {
      this.#seal()
      this.#pieces.push(bytes)
    }
    this.#added(length)
  }

  /** See `AcknowledgementSink`. */
  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    if (reasonCode !== ReasonCode.Success) {
      this.publish(encode({ type, packetId, reasonCode }, this.#version))
      return
    }
    if (this.#held.length > 0) this.#answerBytes += ACK_BYTES
    this.#reserve(ACK_BYTES)
    this.#at = writeAck(this.#slab, this.#at, type, packetId)
    this.#added(ACK_BYTES)
  }

  /** See `ClientOutput`. */
  refuse(message: Publication, error: MqttError): void {
    this.#owner.refused(message, error)
  }

  /** Hands everything to the transport, but for what is to be poured. */
  flush(): void {
    this.#seal()
    if (this.#bytes === 0) return
    const pieces = this.#pieces
    const isSmall = this.#bytes <= TURN_BYTES_MAX
    this.#pieces = []
    this.#bytes = 0
    if (isSmall && this.#held.length === 0) {
      this.#write(pieces)
      return
    }
    for (const piece of pieces) this.#hold(piece)
    this.#pour()
  }

  /** The connection is about to end: hands everything to the transport. */
  finish(): void {
    this.flush()
    const held = this.#held.drain()
    if (held.length > 0) this.#write(held)
  }

  /** The transport has sent all it had. */
  drained(): void {
    this.#congested = false
    this.#pour()
  }

  #hold(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += PORTION_BYTES) {
      this.#held.push(piece.subarray(at, at + PORTION_BYTES))
    }
  }

  #pour(): void {
    while (!this.#congested) {
      const portion = this.#portion()
      if (portion.length === 0) {
        this.#answerBytes = 0
        return
      }
      this.#write(portion)
    }
    if (this.#answerBytes > UNTAKEN_BYTES_MAX) this.#owner.overflowed()
  }

  /** What is held, up to a portion or the piece that completes it. */
  #portion(): Uint8Array[] {
    const portion: Uint8Array[] = []
    for (let bytes = 0; bytes < PORTION_BYTES;) {
      const piece = this.#held.shift()
      if (piece === undefined) break
      portion.push(piece)
      bytes += piece.length
    }
    return portion
  }

  #write(pieces: Uint8Array[]): void {
    try {
      if (this.#transport.write(pieces)) return
    } catch (error) {
      // Not in here: whoever sends something would be left with a connection that has just ended.
      this.#congested = true
      this.#clock.defer(() => this.#owner.broken(error))
      return
    }
    this.#congested = true
    if (this.#transport.bufferedBytes > UNTAKEN_BYTES_MAX) this.#owner.overflowed()
  }

  #added(length: number): void {
    this.#bytes += length
    this.#turnBytes += length
    if (!this.#scheduled) {
      this.#scheduled = true
      this.#clock.defer(this.#flushLater)
    }
    if (this.#bytes >= FLUSH_BYTES) this.flush()
  }

  #reserve(length: number): void {
    if (this.#slab.length - this.#at >= length) return
    this.#seal()
    this.#slab = new Uint8Array(SLAB_BYTES)
    this.#from = this.#at = 0
  }

  /** What was copied so far becomes a piece. */
  #seal(): void {
    if (this.#at === this.#from) return
    this.#pieces.push(this.#slab.subarray(this.#from, this.#at))
    this.#from = this.#at
  }
}

const NOTHING = new Uint8Array(0)
