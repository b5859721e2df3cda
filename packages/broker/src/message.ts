/** An Application Message inside the broker: what was published, and when it came. */
import { Publication } from '@godwit/codec'
import type { PublishFrame, PublishPacket } from '@godwit/codec'
import type { JournalEntry } from './journal-entry.ts'

/** One message for all its receivers, however long each of them lets it wait. */
export class Message extends Publication {
  /** Milliseconds of the broker's clock. */
  readonly receivedAt: number
  /** When its Message Expiry Interval has passed; Infinity without one (§3.3.2.3.3). */
  readonly expiresAt: number

  /** The Client Identifier of its publisher, if it is a client. */
  readonly publisher: string | undefined
  /** Its bytes are its own, or as good as: it was read from the log. */
  isOwn = false
  /** Its place in the log, once somebody needs it to have one. */
  entry: JournalEntry | undefined
  /** It was refused before, and that was counted. */
  offeredAgain = false
  /** In how many sessions it waits to be sent, in memory. */
  queues = 0
  /** The count of memory in which it was met last. */
  countedIn = 0

  constructor(
    source: PublishFrame | PublishPacket,
    receivedAt: number,
    publisher: string | undefined,
  ) {
    super(source)
    this.publisher = publisher
    this.receivedAt = receivedAt
    const seconds = this.messageExpiryInterval
    this.expiresAt = seconds === undefined ? Infinity : receivedAt + 1000 * seconds
  }

  /** What is left of the Message Expiry Interval, in seconds. [MQTT-3.3.2-6] */
  secondsLeft(now: number): number {
    return Math.max(0, Math.ceil((this.expiresAt - now) / 1000))
  }
}
