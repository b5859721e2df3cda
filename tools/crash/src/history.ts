/**
 * What happened in a round, as its clients and the executioner saw it. The clients write, the
 * oracles read.
 *
 *     publisher   sent ... sent again ... acknowledged ... settled
 *     session     asked ... granted ... ending ... ended           one subscription
 *     session     delivered, delivered again                       one message
 *
 * Times are milliseconds since the round began, and no two are the same, so they are an order too.
 */
import type { Mark } from './payload.ts'

/** A message that somebody published, above QoS 0. */
export interface Message extends Mark {
  readonly qos: 1 | 2
  readonly retain: boolean
  /** When it was handed to the connection, each time. */
  readonly sent: number[]
  /** PUBACK or PUBREC came, and it was no refusal. */
  acknowledgedAt: number | undefined
  /** PUBACK or PUBCOMP came. */
  settledAt: number | undefined
  /** The answer was a refusal. */
  refused: boolean
}

/** What a session asked for, once. */
export interface Wish {
  readonly session: string
  readonly filter: string
  readonly qos: 1 | 2
  /** SUBSCRIBE went out for the first time. */
  readonly askedAt: number
  /** SUBACK came. */
  grantedAt: number | undefined
  /** UNSUBSCRIBE went out for the first time. */
  endingAt: number | undefined
  /** UNSUBACK came. */
  endedAt: number | undefined
}

/** A message that came to a session. */
export interface Delivery {
  readonly at: number
  readonly qos: number
}

/** A CONNACK to a session that outlives its connections. */
export interface Resumption {
  readonly session: string
  readonly at: number
  /** Undefined if a former CONNECT had no answer: then either is right. */
  readonly expected: boolean | undefined
  readonly present: boolean
}

/** The Will of one connection. */
export interface Will extends Mark {
  readonly qos: 1 | 2
  readonly offeredAt: number
  /** CONNACK came. */
  heldAt: number | undefined
  /** The connection was lost. */
  lostAt: number | undefined
  /** It was closed in order, which takes the Will away. */
  forgone: boolean
}

/** The Retained Messages that a new subscriber was sent: the sequence for each topic. */
export interface Reading {
  readonly reader: string
  readonly filter: string
  readonly askedAt: number
  readonly endedAt: number
  readonly found: ReadonlyMap<string, number>
}

/** Something done to the broker. */
export interface Blow {
  readonly at: number
  readonly what: string
}

/** What is wrong. */
export interface Violation {
  readonly kind: ViolationKind
  readonly sentence: string
  /** The message that it is about, by `keyOf`. */
  readonly key?: string
  /** The session that it is about. */
  readonly session?: string
}

/** In the order of the report. */
export const VIOLATION_KINDS = [
  'lost',
  'duplicate',
  'disorder',
  'corrupt',
  'invented',
  'session',
  'retained',
  'will',
  'protocol',
  'process',
] as const

/** What can be wrong. */
export type ViolationKind = (typeof VIOLATION_KINDS)[number]

/** The name of a message in a round. */
export function keyOf({ topic, sequence }: Pick<Mark, 'topic' | 'sequence'>): string {
  return `${topic} ${sequence}`
}

/** The record of one round. */
export class History {
  readonly messages: Map<string, Message> = new Map()
  readonly wishes: Wish[] = []
  /** By session, then by message in the order in which they first came. */
  readonly received: Map<string, Map<string, Delivery[]>> = new Map()
  /** The same for what came with RETAIN set, which is sent to new subscriptions only. */
  readonly replayed: Map<string, Map<string, Delivery[]>> = new Map()
  readonly resumptions: Resumption[] = []
  readonly wills: Map<string, Will> = new Map()
  readonly readings: Reading[] = []
  readonly blows: Blow[] = []
  /** What was wrong by itself, without looking at the rest. */
  readonly faults: Violation[] = []
  /** How many deliveries and answers there were: it stands still when nothing happens. */
  progress = 0
  readonly #clock: () => number
  readonly #startedAt: number
  #last = 0

  /** The clock gives milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
    this.#startedAt = clock()
  }

  /** The time of what happens: later than all that happened. */
  now(): number {
    this.#last = Math.max(this.#clock() - this.#startedAt, this.#last + TICK_MS)
    return this.#last
  }

  /** A message goes out for the first time. */
  sent(draft: Mark & Pick<Message, 'qos' | 'retain'>): Message {
    const fresh = { acknowledgedAt: undefined, settledAt: undefined, refused: false }
    const message = { ...draft, ...fresh, sent: [this.now()] }
    this.messages.set(keyOf(message), message)
    return message
  }

  /** A message goes out again. */
  resent(message: Message): void {
    message.sent.push(this.now())
  }

  /** The broker has taken a message. */
  acknowledged(message: Message): void {
    this.progress++
    message.acknowledgedAt ??= this.now()
  }

  /** The exchange of a message is complete. */
  settled(message: Message): void {
    this.progress++
    message.settledAt ??= this.now()
  }

  /** A SUBSCRIBE goes out for the first time. */
  asked(session: string, filter: string, qos: 1 | 2): Wish {
    const rest = { grantedAt: undefined, endingAt: undefined, endedAt: undefined }
    const wish = { session, filter, qos, askedAt: this.now(), ...rest }
    this.wishes.push(wish)
    return wish
  }

  /** One of the later steps of a subscription. */
  advanced(wish: Wish, step: 'grantedAt' | 'endingAt' | 'endedAt'): void {
    this.progress++
    wish[step] ??= this.now()
  }

  /** A message came to a session. */
  delivered(session: string, mark: Mark, how: { qos: number; retain: boolean }): void {
    this.progress++
    const all = how.retain ? this.replayed : this.received
    const ofSession = all.get(session) ?? new Map<string, Delivery[]>()
    all.set(session, ofSession)
    const key = keyOf(mark)
    const former = ofSession.get(key)
    const delivery = { at: this.now(), qos: how.qos }
    if (former === undefined) ofSession.set(key, [delivery])
    else former.push(delivery)
  }

  /** The sessions to which a message came. */
  receiversOf(key: string): readonly string[] {
    return [...this.received].flatMap(([session, keys]) => (keys.has(key) ? [session] : []))
  }

  /** A session was resumed, or begun. */
  resumed(session: string, expected: boolean | undefined, present: boolean): void {
    this.progress++
    this.resumptions.push({ session, at: this.now(), expected, present })
  }

  /** A CONNECT with a Will goes out. */
  offered(mark: Mark, qos: 1 | 2): Will {
    const rest = { heldAt: undefined, lostAt: undefined, forgone: false }
    const will = { ...mark, qos, offeredAt: this.now(), ...rest }
    this.wills.set(keyOf(will), will)
    return will
  }

  /** One of the later steps of a Will. */
  passed(will: Will, step: 'heldAt' | 'lostAt'): void {
    will[step] ??= this.now()
  }

  /** A new subscriber has read the Retained Messages. */
  read(reading: Omit<Reading, 'endedAt'>): void {
    this.readings.push({ ...reading, endedAt: this.now() })
  }

  /** Something was done to the broker. */
  struck(what: string): void {
    this.blows.push({ at: this.now(), what })
  }

  /** Something is wrong by itself. */
  fault(kind: ViolationKind, sentence: string): void {
    this.progress++
    this.faults.push({ kind, sentence: `${sentence} (at ${Math.round(this.now())} ms)` })
  }
}

/** Less than any clock tells apart. */
const TICK_MS = 0.0001
