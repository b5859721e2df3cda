/**
 * Who has to take a message of QoS 1 or 2 before it is acknowledged (§4.3), and what becomes of
 * that when the connection breaks.
 *
 *     open --taken by all--> settled                          on one connection
 *       |                       |
 *       +--------- lost --------+--> late --comes again--> open, or settled at once
 *                                     |
 *                                     +--the session is gone--> void
 *
 * At QoS 2 a message that comes again is recognised by the protocol. At QoS 1 it is not: what was
 * unacknowledged when the connection was lost comes again if the session goes on [MQTT-4.4.0-1],
 * though we may hold it unread, or be done with it. So it is remembered, and recognised by DUP, its
 * Packet Identifier and its content: nobody is handed it twice, it takes no room twice, and a
 * reader that stands still costs one Receive Maximum of messages however often the line breaks.
 */
import type { PacketIdentifier, PublishFrame, ReasonCode } from '@godwit/codec'
import type { LinkPort } from '../connection/link-port.ts'

/** One message of QoS 1 or 2 that came, and is to be settled once. */
export class Claim {
  readonly frame: PublishFrame
  /** The connection that is told: the last one by which the message came. */
  link: LinkPort
  /** No acknowledgement reaches a server any more: its session is gone. */
  isVoid = false
  previous: Claim | undefined
  next: Claim | undefined
  /** Whether several are to take it. */
  readonly isShared: boolean
  readonly #claims: Claims
  /** How many have not taken it. */
  #waiting: number
  /** The greatest code that was said: one refusal is one. */
  #reasonCode: ReasonCode = 0

  constructor(claims: Claims, frame: PublishFrame, link: LinkPort, takers: number) {
    this.#claims = claims
    this.frame = frame
    this.link = link
    this.isShared = takers > 1
    this.#waiting = takers
  }

  /** Whether all have taken it. */
  get isSettled(): boolean {
    return this.#waiting === 0
  }

  /** With what it is or will be acknowledged. */
  get reasonCode(): ReasonCode {
    return this.#reasonCode
  }

  /** One of those who were given the message has taken it, or refuses it. */
  take(reasonCode: ReasonCode): void {
    if (reasonCode > this.#reasonCode) this.#reasonCode = reasonCode
    if (--this.#waiting === 0) this.#claims.settle(this)
  }
}

/** All claims of a client. */
export class Claims {
  /** Those that are not settled, of whatever connection, linked in no particular order. */
  #first: Claim | undefined
  /** Those of QoS 1 that were not settled when a connection was lost. */
  readonly #late = new Map<PacketIdentifier, Claim>()
  #isClosed = false

  /** A message came that so many are to take. */
  open(frame: PublishFrame, link: LinkPort, takers: number): Claim {
    const claim = new Claim(this, frame, link, takers)
    claim.next = this.#first
    if (this.#first !== undefined) this.#first.previous = claim
    this.#first = claim
    return claim
  }

  /** All have taken it. What a closed client has not acknowledged will come again. */
  settle(claim: Claim): void {
    this.#unlink(claim)
    if (!this.#isClosed) claim.link.settle(claim.frame, claim.reasonCode)
  }

  /** Whether a message of QoS 1 has come before: then it is with whom it was. */
  isKnown(frame: PublishFrame, link: LinkPort): boolean {
    if (this.#late.size === 0) return false
    const { packetId } = frame
    const claim = this.#late.get(packetId)
    if (claim === undefined) return false
    this.#late.delete(packetId)
    if (!frame.dup || !isSame(frame, claim.frame)) {
      claim.isVoid = true
      return false
    }
    claim.link = link
    if (claim.isSettled) link.settle(frame, claim.reasonCode)
    return true
  }

  /** The connection is gone, and its chunks should be, too. */
  lost(): void {
    for (let claim = this.#first; claim !== undefined; claim = claim.next) {
      if (claim.frame.qos === 1 && !claim.isVoid) {
        this.#late.set(claim.frame.own().packetId, claim)
      }
    }
  }

  /** The session is gone, and with it everybody who waits for an acknowledgement. */
  sessionLost(): void {
    this.#late.clear()
    for (let claim = this.#first; claim !== undefined; claim = claim.next) claim.isVoid = true
  }

  /** Nothing is settled any more. */
  close(): void {
    this.#isClosed = true
    this.#late.clear()
  }

  #unlink(claim: Claim): void {
    const { previous, next } = claim
    if (previous !== undefined) previous.next = next
    else if (this.#first === claim) this.#first = next
    if (next !== undefined) next.previous = previous
    claim.previous = undefined
    claim.next = undefined
  }
}

function isSame(frame: PublishFrame, other: PublishFrame): boolean {
  if (frame.topic !== other.topic) return false
  const { payload } = frame
  const before = other.payload
  return payload.length === before.length && payload.every((byte, at) => byte === before[at])
}
