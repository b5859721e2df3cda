/**
 * What a session does so that it survives: enters its messages in the journal, notes how far it has
 * come, and holds back what must not be said before that is durable.
 *
 *     QoS 1: enter -> PUBLISH ............................. PUBACK -> let go
 *     QoS 2: enter -> durable -> begin -> progress durable -> PUBLISH
 *                    PUBREC -> progress durable -> PUBREL ... PUBCOMP -> let go
 *
 * After a crash a message of QoS 1 may come again. One of QoS 2 comes again under its own Packet
 * Identifier, which is in the progress that was written before it was sent.
 */
import type { Sender } from '@godwit/session'
import type { Position } from '@godwit/store'
import type { Delivery, DeliveryForm } from './delivery.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import type { Journal } from './journal.ts'
import type { Waiting } from './journal-batch.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Keeping } from './keeping.ts'
import type { LogMessage } from './log-message.ts'
import type { Message } from './message.ts'
import type { StoredBacklog, StoredBacklogOwner } from './stored-backlog.ts'
import type { StoredExchange, StoredProgress } from './stored/index.ts'

/** The deliveries that are to survive. */
export interface DurableDeliveries {
  readonly sender: Sender<Delivery>
  readonly queue: DeliveryQueue
  /** The way to the client, if it is connected. */
  readonly link: unknown
  /** There may be something to send. */
  pump(): void
  /** So many messages could not be stored. */
  notStored(messages: number): void
  /** These could not be passed on: there was no room. */
  takeBack(deliveries: readonly Delivery[]): void
  /** The session has ended, and this is in the log for it. */
  leaves(stored: StoredBacklog): void
}

/** The durable side of one session. */
export class Durability implements StoredBacklogOwner {
  readonly keeping: Keeping
  readonly #journal: Journal
  readonly #deliveries: DurableDeliveries
  /** For each shard, the lowest position that was never taken from the queue. */
  #next: Position[]
  /** What was sent before it had its place in the log. */
  #early: JournalEntry[] = []
  /** The entry that was made last. */
  #entered: JournalEntry | undefined
  /** It is among those who wait for the commit that gathers. */
  #waits = false
  #loading = false

  constructor(journal: Journal, keeping: Keeping, deliveries: DurableDeliveries) {
    this.#journal = journal
    this.keeping = keeping
    this.#deliveries = deliveries
    this.#next = [...journal.ends]
  }

  get #isConnected(): boolean {
    return this.#deliveries.link !== undefined
  }

  /** Whether messages can be stored. */
  get hasRoom(): boolean {
    return !this.#journal.isFull
  }

  /** The entry of a message that was published. The session is one of its holders. */
  enter(message: Message, form: DeliveryForm): JournalEntry {
    const known = message.entry
    // It was entered before, for somebody else who had it and gave it up. Or for this session, by
    // a share and by a subscription of its own: one position cannot say which of them is over.
    if (known !== undefined && (!known.isOpen || known === this.#entered)) {
      return this.address(message, form)
    }
    const entry = this.#journal.enter(message)
    this.#entered = entry
    const { share } = form.terms
    if (share !== undefined) {
      entry.choose({ filter: share.sharedFilter, number: this.keeping.number })
    }
    return entry
  }

  /** An entry for this session only. */
  address(message: Message, form: DeliveryForm): JournalEntry {
    const { subscriptionIdentifiers } = form.terms
    const { number } = this.keeping
    const { qos, retain } = form
    const addressee = { type: 'session', number, qos, retain, subscriptionIdentifiers } as const
    return this.#journal.address(message, addressee)
  }

  /** Something was queued: once it is durable it may be sent, or leave memory. */
  queued(): void {
    if (this.#waits) return
    this.#waits = true
    this.#journal.when(this.#queue)
  }

  /** A message was taken from the queue, or passed it by. */
  taken({ entry }: Pick<Delivery, 'entry'>): void {
    if (entry !== undefined && entry.position > 0) this.passed(entry.position)
    else if (entry !== undefined) this.#early.push(entry)
    this.keeping.moved()
  }

  /** The same by its position, 0 if it has none. */
  passed(position: Position): void {
    if (position === 0) return
    const { shards } = this.#journal
    const shard = position % shards
    this.#next[shard] = Math.max(this.#next[shard] ?? 0, position + shards)
  }

  /** A message needs no keeping any more. */
  letGo(entry: JournalEntry | undefined): void {
    if (entry !== undefined) this.#journal.letGo(entry)
    this.keeping.moved()
  }

  /**
   * Others have these: they need no keeping here once they are durable there. Some of them the
   * session has `passed`, which is durable with them.
   */
  passedOn(deliveries: readonly Delivery[], passed: readonly Delivery[]): void {
    if (deliveries.length === 0) return
    for (const { entry } of deliveries) entry?.passOn(this.keeping.number)
    const before = [...this.#next]
    for (const delivery of passed) this.taken(delivery)
    this.keeping.commit()
    const durable = (): void => {
      for (const { entry } of deliveries) this.letGo(entry)
    }
    const full = (): void => {
      this.#next = before
      this.keeping.commit()
      this.#deliveries.takeBack(deliveries)
    }
    this.#journal.when({ durable, full })
  }

  /** Tells this one when how far the session has come is durable. */
  afterProgress(waiting: Waiting): void {
    this.keeping.commit()
    this.#journal.when(waiting)
  }

  /** How far the session has come. */
  progress(): StoredProgress {
    const inFlight: StoredExchange[] = []
    this.#early = this.#early.filter((entry) => !this.#hasPassed(entry))
    if (this.#early.length > 0) this.keeping.moved()
    this.#deliveries.sender.forEach((packetId, { entry, qos, retain, terms }, released) => {
      const position = entry?.position ?? 0
      if (position === 0 && !released) return
      this.passed(position)
      const { subscriptionIdentifiers } = terms
      inFlight.push({ packetId, qos, position, released, retain, subscriptionIdentifiers })
    })
    return { next: [...this.#next], inFlight }
  }

  /** How far it had come. */
  restored({ next }: StoredProgress): void {
    this.#next = [...next]
  }

  /** Whether a message at this position was never taken. */
  isAhead(position: Position): boolean {
    return position >= (this.#next[position % this.#journal.shards] ?? 0)
  }

  /** The session has ended: it needs nothing any more. */
  end(): void {
    const { sender, queue } = this.#deliveries
    sender.forEach((_packetId, { entry }) => this.letGo(entry))
    for (const { entry } of queue.recent()) this.letGo(entry)
    const stored = queue.takeStored()
    if (stored !== undefined && stored.length > 0) this.#deliveries.leaves(stored)
  }

  /** The connection is gone: what has its place in the log leaves memory. */
  rest(): void {
    const { sender, queue } = this.#deliveries
    sender.forEach((_packetId, delivery) => {
      // What is for a share may have to be passed on.
      const isForShare = delivery.terms.share !== undefined
      if (delivery.entry?.stage === 'durable' && !isForShare) delivery.message = undefined
    })
    queue.store(true)
  }

  /** Reads what was sent and is to be sent again. */
  loadInFlight(): void {
    if (this.#loading) return
    const wanted: Delivery[] = []
    this.#deliveries.sender.forEach((_packetId, delivery, released) => {
      if (delivery.message === undefined && !released && !delivery.missing) wanted.push(delivery)
    })
    if (wanted.length === 0) return
    this.#loading = true
    void this.#load(wanted.slice(0, LOADED_MAX))
  }

  /** See {@link StoredBacklogOwner}. */
  read(positions: readonly Position[]): Promise<readonly (LogMessage | undefined)[] | undefined> {
    return this.#journal.read(positions)
  }

  /** See {@link StoredBacklogOwner}. */
  loaded(): void {
    if (this.#isConnected) this.#deliveries.pump()
    else this.#deliveries.queue.store(true)
  }

  /** Returns whether it has its place, or never will. */
  #hasPassed({ stage, position }: JournalEntry): boolean {
    this.passed(position)
    return stage === 'durable' || stage === 'lost'
  }

  async #load(deliveries: readonly Delivery[]): Promise<void> {
    const found = await this.read(deliveries.map(({ entry }) => entry?.position ?? 0))
    if (found === undefined) return
    this.#loading = false
    for (const [index, delivery] of deliveries.entries()) {
      delivery.message = found[index]?.message
      delivery.missing = delivery.message === undefined
    }
    if (!this.#isConnected) this.rest()
    this.#deliveries.pump()
  }

  readonly #queue = {
    durable: (): void => this.#settled(),
    full: (): void => {
      this.#deliveries.notStored(this.#deliveries.queue.dropLost())
      this.#settled()
    },
  }

  #settled(): void {
    this.#waits = false
    const { queue } = this.#deliveries
    queue.store(!this.#isConnected)
    if (this.#isConnected) this.#deliveries.pump()
    if (queue.awaitsEntry) this.queued()
  }
}

/** How many are read at a time: as many as a window has. */
const LOADED_MAX = 256
