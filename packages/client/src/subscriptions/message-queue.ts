/**
 * What waits in one stream to be read, in the order in which it came, within bounds.
 *
 * Messages of QoS 0, and those whose session is gone, give way when it is full; they are in a lane
 * of their own, so that the oldest and the newest of them are at hand. The others never give way:
 * the server does not send more of them than it has been told it may, before it is told of some
 * that they were taken.
 *
 *     firm   [ 2  5     ]
 *     loose  [ 1  3  4  ]      next to be read: the lane whose first one came first
 *
 * What is too much is said when the turn is over. A chunk brings thousands of small messages, such
 * as retained ones, and no reader, however fast, could have read the first before the last came.
 *
 * What waits longer than the turn in which it came is copied out of its chunk, by `keep`. Most does
 * not: a reader that is fast enough has it before, and the copy was a quarter of its cost.
 */
import { ReceivedMessage } from './received-message.ts'
import { Ring } from '../ring.ts'

/** What gives way when a queue is full. */
export type GivingWay = 'drop-oldest' | 'drop-newest'

/** How many more may wait within a turn: more than a chunk of 64 KiB can bring. */
const TURN_MESSAGES_MAX = 16_384

/** How much a queue holds. */
export interface QueueBounds {
  readonly messagesMax: number
  /** Whole packets. One message may be larger, if it is alone. */
  readonly bytesMax: number
}

/** The messages that wait for one reader. */
export class MessageQueue {
  readonly #bounds: QueueBounds
  readonly #givingWay: GivingWay
  readonly #firm = new Ring<ReceivedMessage>()
  readonly #loose = new Ring<ReceivedMessage>()
  /** What came in this turn, and may be read by now. */
  #borrowed: ReceivedMessage[] = []
  #bytes = 0
  #arrivals = 0
  #dropped = 0

  constructor(bounds: QueueBounds, givingWay: GivingWay) {
    this.#bounds = bounds
    this.#givingWay = givingWay
  }

  /** How many wait. */
  get length(): number {
    return this.#firm.length + this.#loose.length
  }

  /** How many gave way. */
  get dropped(): number {
    return this.#dropped
  }

  /** Adds a message, or drops it if it is the one to give way. */
  push(message: ReceivedMessage): void {
    const isLoose = ReceivedMessage.claimOf(message)?.isVoid ?? true
    const isFull = this.length >= this.#bounds.messagesMax + TURN_MESSAGES_MAX
    if (isFull && !this.#giveWay(isLoose) && isLoose) {
      this.#dropped++
      ReceivedMessage.take(message, 0)
      return
    }
    ReceivedMessage.putAt(message, ++this.#arrivals)
    this.#borrowed.push(message)
    this.#add(message, isLoose)
  }

  /** Whether something waits in the chunk that it came in. */
  get isBorrowing(): boolean {
    return this.#borrowed.length > 0
  }

  /** The turn is over: what is too much gives way, and what waits gets memory of its own. */
  keep(): void {
    this.#trim()
    for (const message of this.#borrowed) {
      if (ReceivedMessage.placeOf(message) > 0) ReceivedMessage.frameOf(message).own()
    }
    this.#borrowed = []
  }

  /** Takes out the message that came first; `undefined` if none waits. */
  shift(): ReceivedMessage | undefined {
    const message = this.#first()
    if (message !== undefined) this.#removed(message)
    return message
  }

  /** Takes out all messages, in order. */
  drain(): ReceivedMessage[] {
    const messages = [...this.#firm.drain(), ...this.#loose.drain()]
    this.#bytes = 0
    return messages.toSorted((a, b) => ReceivedMessage.placeOf(a) - ReceivedMessage.placeOf(b))
  }

  /** Some sessions are gone: their messages give way from now on. */
  loosen(): void {
    for (const message of this.drain()) {
      this.#add(message, ReceivedMessage.claimOf(message)?.isVoid ?? true)
    }
    this.#trim()
  }

  #add(message: ReceivedMessage, isLoose: boolean): void {
    this.#bytes += ReceivedMessage.frameOf(message).length
    if (isLoose) this.#loose.push(message)
    else this.#firm.push(message)
  }

  #removed(message: ReceivedMessage): void {
    this.#bytes -= ReceivedMessage.frameOf(message).length
    ReceivedMessage.putAt(message, 0)
  }

  #first(): ReceivedMessage | undefined {
    const firm = this.#firm.first
    if (firm === undefined) return this.#loose.shift()
    const loose = this.#loose.first
    if (loose === undefined) return this.#firm.shift()
    const isFirm = ReceivedMessage.placeOf(firm) < ReceivedMessage.placeOf(loose)
    return isFirm ? this.#firm.shift() : this.#loose.shift()
  }

  #trim(): void {
    while (this.#isFull && this.#giveWay(false));
  }

  get #isFull(): boolean {
    const { messagesMax, bytesMax } = this.#bounds
    return this.length > messagesMax || (this.#bytes > bytesMax && this.length > 1)
  }

  /** A message gives way to another, if one can. */
  #giveWay(isForLoose: boolean): boolean {
    const victim = this.#victim(isForLoose)
    if (victim === undefined) return false
    ReceivedMessage.take(victim, 0)
    this.#removed(victim)
    this.#dropped++
    return true
  }

  #victim(isForLoose: boolean): ReceivedMessage | undefined {
    if (this.#givingWay === 'drop-oldest') return this.#loose.shift()
    return isForLoose ? undefined : this.#loose.pop()
  }
}
