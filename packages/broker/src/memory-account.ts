/**
 * The memory that the broker holds for others: what waits to be sent, to be stored, or for the rest
 * of a packet, and what is retained. Node has no limit for it, and its garbage says nothing of what
 * is really needed; so it is added up here.
 *
 * Most of it is counted as it changes. What connections and sessions hold beside that is looked at
 * one by one, in slices, about once a second: 0.1 us for each that holds nothing.
 */
import type { Clock } from '@godwit/transport'
import type { Chore, Chores } from './chores.ts'
import { sizeOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'

/** A connection, as far as memory is concerned. */
export interface MemoryHolder {
  /** Bytes on their way to the client. */
  readonly outboxBytes: number
  /** Bytes of a packet whose rest has not come. */
  readonly readBytes: number
}

/** A session, likewise. */
export interface InFlightHolder {
  readonly sender: {
    readonly inFlight: number
    forEach(visit: (packetId: number, delivery: Delivery) => void): void
  }
}

/** One count of what connections and sessions hold. */
interface Sum {
  outboxBytes: number
  readBytes: number
  inFlightBytes: number
}

/** The account of a broker. */
export class MemoryAccount implements Chore, Disposable {
  /** What is looked at. */
  connections: Iterable<MemoryHolder> = []
  sessions: Iterable<InFlightHolder> = []
  readonly #chores: Pick<Chores, 'add'>
  readonly #counted: () => number
  readonly #tick: Disposable
  #last: Sum = NOTHING
  #next: Sum = { ...NOTHING }
  #steps: Iterator<void> | undefined
  /** Of the present count: a message in flight to many counts once. */
  #count = 0

  /** `counted` is what is counted as it changes: retained, queued, on its way to the store. */
  constructor(clock: Pick<Clock, 'tick'>, chores: Pick<Chores, 'add'>, counted: () => number) {
    this.#chores = chores
    this.#counted = counted
    this.#tick = clock.tick(EVERY_MS, () => this.#chores.add(this))
  }

  /** All of it. */
  get bytes(): number {
    const { outboxBytes, readBytes, inFlightBytes } = this.#last
    return this.#counted() + outboxBytes + readBytes + inFlightBytes
  }

  /** What waits for clients to take it. */
  get outboxBytes(): number {
    return this.#last.outboxBytes
  }

  /** Looks at some of them. See {@link Chore}. */
  step(): boolean {
    this.#steps ??= this.#walk()
    if (this.#steps.next().done !== true) return true
    this.#steps = undefined
    this.#last = this.#next
    this.#next = { ...NOTHING }
    return false
  }

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]()
  }

  *#walk(): Generator<void, void> {
    this.#count++
    const sum = this.#next
    let seen = 0
    for (const { outboxBytes, readBytes } of this.connections) {
      sum.outboxBytes += outboxBytes
      sum.readBytes += readBytes
      if (++seen % AT_ONCE === 0) yield
    }
    for (const { sender } of this.sessions) {
      if (sender.inFlight > 0) sender.forEach((_packetId, delivery) => this.#add(sum, delivery))
      if (++seen % AT_ONCE === 0) yield
    }
  }

  #add(sum: Sum, { message }: Delivery): void {
    if (message === undefined || message.queues > 0 || message.countedIn === this.#count) return
    message.countedIn = this.#count
    sum.inFlightBytes += sizeOf(message)
  }
}

const NOTHING: Sum = { outboxBytes: 0, readBytes: 0, inFlightBytes: 0 }
const EVERY_MS = 1000
const AT_ONCE = 16
