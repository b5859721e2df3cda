/**
 * The retained messages of a broker (§3.3.1.3): the last one of each Topic Name, in memory.
 *
 * What is kept is the packet as it came, in one exact copy, and nothing that was made of it. A
 * message caches its encodings, up to a dozen, each with the whole payload in it; those that live
 * receivers wanted would stay here for good, and those of one replay would for the next. So a walk
 * hands out each message anew around the same bytes. A replay to another version or QoS encodes it
 * again, for some 200 ns, and in return `bytes` says what there really is.
 */
import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type { PublishPacket } from '@godwit/codec'
import { TopicIndex } from '@godwit/topic'
import type { Deadlines, Watched } from './deadlines.ts'
import type { BrokerLimits } from './limits.ts'
import { Message } from './message.ts'

/** What became of a message that was published to be retained. */
export type RetainOutcome = 'kept' | 'removed' | 'full'

/** What is stored of a Retained Message. */
export interface KeptMessage {
  readonly frame: PublishFrame
  /** An instant. */
  readonly receivedAt: number
  readonly publisher: string | undefined
}

/** The same, in the order in which topics came to have one. */
export interface NumberedMessage extends KeptMessage {
  /** Larger than those of the topics before it; of the topic, so that the next one has it too. */
  readonly number: number
  /** An instant; Infinity for never. */
  readonly expiresAt: number
}

/** Stores them. */
export interface RetainedKeeper {
  kept(topic: string, message: KeptMessage): void
  removed(topic: string): void
}

/** The last retained message of each Topic Name. */
export class Retained {
  readonly #limits: Pick<BrokerLimits, 'retainedMessagesMax' | 'retainedBytesMax'>
  readonly #deadlines: Pick<Deadlines, 'watch' | 'forget'>
  readonly #index = new TopicIndex<RetainedMessage>()
  /** How many topics came to have one, ever. */
  #topics = 0
  /** Hears of every change, to store it. */
  keeper: RetainedKeeper | undefined
  #bytes = 0

  constructor(
    limits: Pick<BrokerLimits, 'retainedMessagesMax' | 'retainedBytesMax'>,
    deadlines: Pick<Deadlines, 'watch' | 'forget'>,
  ) {
    this.#limits = limits
    this.#deadlines = deadlines
  }

  /** How many there are. */
  get size(): number {
    return this.#index.size
  }

  /** The memory that they take, rather more than less. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether a message can be kept, or is one that removes. @throws like `put`. */
  fits(message: Message): boolean {
    if (message.payload.length === 0) return true
    const bytes = bytesOf(frameOf(message.source), message)
    return this.#hasRoomFor(bytes, this.#index.get(message.topic))
  }

  /**
   * Keeps a message in place of the former one of its topic, or removes that if the payload is
   * empty. `full` is beyond the limits, and changes nothing. Copies the borrowed bytes of what it
   * keeps, as `Message.own` does. @throws {MqttError} for a program's packet that cannot be
   * encoded; {RangeError} for an invalid Topic Name.
   */
  put(message: Message): RetainOutcome {
    const { topic } = message
    if (message.payload.length === 0) {
      this.delete(topic) // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
      return 'removed'
    }
    const former = this.#index.get(topic)
    const frame = frameOf(message.source)
    const bytes = bytesOf(frame, message)
    if (!this.#hasRoomFor(bytes, former)) return 'full'
    const kept = new RetainedMessage(this, frame.own(), message, bytes)
    this.#set(topic, kept, former) // [MQTT-3.3.1-5]
    if (former !== undefined) this.#letGo(former)
    this.keeper?.kept(topic, kept)
    return 'kept'
  }

  /** Takes one up that was read from the store. */
  restore(message: Message): void {
    const frame = frameOf(message.source)
    const kept = new RetainedMessage(this, frame, message, bytesOf(frame, message))
    this.#set(frame.topic, kept, undefined)
  }

  /** The message of a topic. */
  get(topic: string): NumberedMessage | undefined {
    return this.#index.get(topic)
  }

  /** The messages of all topics that came to have one after that with this number, from then on. */
  *after(number: number): IterableIterator<NumberedMessage> {
    for (const { value } of this.#index.entries()) if (value.number > number) yield value
  }

  /** Removes the message of a topic; returns whether there was one. */
  delete(topic: string): boolean {
    const former = this.#index.get(topic)
    if (former === undefined) return false
    this.#index.delete(topic)
    this.#letGo(former)
    this.keeper?.removed(topic)
    return true
  }

  /**
   * The messages whose topics the filter matches and that are not past their expiry, in no
   * particular order: `$` topics only if it says `$`. May be left and taken up again at any later
   * time; messages may come and go in between, and those handed out are the last of their topics
   * at that moment. `now` is asked for each. `undefined` where it found none for a while and gives
   * way. @throws {RangeError} for an invalid filter, when the first is asked for.
   */
  *walk(filter: string, now: () => number): Generator<Message | undefined, undefined> {
    for (const entry of this.#index.walk(filter)) {
      yield entry === undefined || entry.value.expiresAt <= now()
        ? undefined // [MQTT-3.3.2-5]
        : new Message(entry.value.frame, entry.value.receivedAt, entry.value.publisher)
    }
  }

  #set(topic: string, kept: RetainedMessage, former: RetainedMessage | undefined): void {
    kept.number = former?.number ?? ++this.#topics
    this.#index.set(topic, kept)
    this.#bytes += kept.bytes
    if (kept.expiresAt !== Infinity) this.#deadlines.watch(kept)
  }

  #hasRoomFor(bytes: number, former: RetainedMessage | undefined): boolean {
    const { retainedMessagesMax, retainedBytesMax } = this.#limits
    if (former === undefined && this.size >= retainedMessagesMax) return false
    return this.#bytes - (former?.bytes ?? 0) + bytes <= retainedBytesMax
  }

  #letGo(former: RetainedMessage): void {
    this.#bytes -= former.bytes
    if (former.expiresAt !== Infinity) this.#deadlines.forget(former)
  }
}

/** One of them, which is forgotten by the wheel of deadlines as soon as another takes its place. */
class RetainedMessage implements Watched, NumberedMessage {
  number = 0
  readonly frame: PublishFrame
  readonly receivedAt: number
  readonly expiresAt: number
  readonly publisher: string | undefined
  readonly bytes: number
  readonly #home: Retained

  constructor(home: Retained, frame: PublishFrame, message: Message, bytes: number) {
    this.#home = home
    this.frame = frame
    this.receivedAt = message.receivedAt
    this.expiresAt = message.expiresAt
    this.publisher = message.publisher
    this.bytes = bytes
  }

  deadline(): number {
    return this.expiresAt
  }

  expire(): void {
    this.#home.delete(this.frame.topic)
  }
}

/** A program's packet becomes a frame: its payload may be a small view of much memory. */
function frameOf(source: PublishFrame | PublishPacket): PublishFrame {
  if (source instanceof PublishFrame) return source
  const packetId = source.qos === 0 ? 0 : 1
  const decoder = new Decoder()
  decoder.push(encode({ ...source, dup: false, packetId }, 5))
  const frame = decoder.next()
  if (frame instanceof PublishFrame) return frame
  throw new TypeError('A PUBLISH was encoded as something else')
}

function bytesOf({ topic, length }: PublishFrame, { publisher = '', expiresAt }: Message): number {
  let bytes = OVERHEAD_BYTES + 2 * (topic.length + publisher.length) + length
  for (let at = topic.indexOf('/'); at !== -1; at = topic.indexOf('/', at + 1)) bytes += LEVEL_BYTES
  return expiresAt === Infinity ? bytes : bytes + EXPIRY_BYTES
}

/** What the objects of a message take, its place in the index included (Node 24: 750). */
const OVERHEAD_BYTES = 800
/** Its share of a branch of the index, of which two deep names may have one for each level. */
const LEVEL_BYTES = 60
/** A place in the wheel of deadlines (Node 24: 305). */
const EXPIRY_BYTES = 350
