/**
 * The journal: what must be durable before anyone is told. During a turn it gathers; at its end it
 * commits, one commit at a time, and what gathers meanwhile goes with the next. So the busier the
 * broker, the more share one sync of the disk.
 *
 *     turn: enter, record, touch, when | end: commit ......... durable: acknowledgements, pumps
 *                                             next batch gathers       | commit ...
 *
 * A message is entered once, however many sessions take it; who needs it is counted, by page of the
 * log. Records that change often are not written when they change but when they are needed:
 * `touch` asks for them in the next commit, `touchLater` within about a second.
 *
 * Where the store is full the entries of the commit are lost, and their publishers are told; its
 * records are kept and tried again, before all others, until there is room. Where the store has
 * failed nothing is said to be durable any more, ever: the broker has to stop.
 */
import { StoreError } from '@godwit/store'
import type { Engine, Outcome, Position, RecordOp, Table } from '@godwit/store'
import { CommitFigures } from './commit-figures.ts'
import { BatchMemory, JournalBatch } from './journal-batch.ts'
import type { ConditionalOp, Waiting } from './journal-batch.ts'
import { JournalEntry } from './journal-entry.ts'
import type { JournalParts } from './journal-parts.ts'
import type { LogMessage } from './log-message.ts'
import { LogPages } from './log-pages.ts'
import { LogReader } from './log-reader.ts'
import type { Message } from './message.ts'
import { sizeOf } from './delivery.ts'
import { Predecessors } from './predecessors.ts'
import { RoomProbe } from './room-probe.ts'
import { RecordedSet } from './recorded.ts'
import type { Recorded } from './recorded.ts'
import { SessionNumbers } from './session-numbers.ts'
import type { StoreStats } from './stats.ts'
import type { Audience } from './stored/index.ts'
import { TimeOfDay } from './time-of-day.ts'

/** How often a full store is tried again. */
const RETRY_MS = 200
/** How long a record that may wait, waits. */
const LATER_MS = 1000
/** How many of those go with one commit. */
const LATER_MAX = 2000

/** The journal of one broker. */
export class Journal {
  readonly timeOfDay: TimeOfDay
  /** Who needs which part of the log. */
  readonly pages: LogPages
  /** For each shard, a position behind all that is durable. */
  readonly ends: Position[] = []
  readonly #parts: JournalParts
  readonly #memory = new BatchMemory()
  readonly #reader: LogReader
  readonly #tick: Disposable
  #gathering = new JournalBatch()
  readonly #recorded = new RecordedSet()
  /** The commit under way. */
  #committing: JournalBatch | undefined
  /** Bytes of messages that are not durable. */
  #bytes = 0
  #full = false
  readonly #probe = new RoomProbe()
  /** The store has failed. */
  isDead = false
  /** The log is being read, and nobody knows yet who needs what of it: nothing is released. */
  isReading = false
  #retry: Disposable | undefined
  #idle: (() => void)[] = []
  readonly #numbers = new SessionNumbers()
  /** The last that were asked for. */
  #predecessors: Predecessors | undefined
  readonly #figures = new CommitFigures()

  constructor(parts: JournalParts) {
    const { engine, clock, timeOfDay } = parts
    this.#parts = parts
    this.timeOfDay = new TimeOfDay(clock, timeOfDay)
    this.pages = new LogPages(engine.caps.shards, (pages) => engine.log.release(pages))
    this.#reader = new LogReader(engine, this.timeOfDay, this.pages)
    this.#tick = clock.tick(LATER_MS, () => this.#writeLater())
  }

  /** Where everything is kept. */
  get engine(): Engine {
    return this.#parts.engine
  }

  /** What it did. */
  get stats(): StoreStats {
    return this.#figures.stats(this)
  }

  /** The instant at this moment, for what takes longer than a turn. */
  get now(): number {
    return this.#parts.clock.now()
  }

  /** How many shards the log has. */
  get shards(): number {
    return this.#parts.engine.caps.shards
  }

  /** Whether messages cannot be entered at present. */
  get isFull(): boolean {
    return this.#full || this.pages.bytes + this.#bytes >= this.#parts.logBytesMax
  }

  /** The bytes that wait to be durable, in memory. */
  get pendingBytes(): number {
    return this.#bytes
  }

  /** Whether so much waits that whoever publishes is not to be read. */
  get isBehind(): boolean {
    return this.#bytes > this.#parts.bytesMax
  }

  /** Looks where the log ends. To be called before anything else. @throws {StoreError} */
  async open(): Promise<void> {
    const { engine } = this.#parts
    for (let shard = 0; shard < this.shards; shard++) {
      this.ends[shard] = (await engine.log.bounds(shard)).next
    }
    await this.#numbers.open(engine.records)
  }

  /** A number for a session, that none has had before. */
  newNumber(): number {
    return this.#numbers.next((op) => this.write(op))
  }

  /** A session that was read has this number: none will have it again. */
  found(number: number): void {
    this.#numbers.found(number)
  }

  /** The entry of a message that the router hands out in this turn. It has one holder more. */
  enter(message: Message): JournalEntry {
    const known = message.entry
    if (known?.isOpen === true) {
      known.holders++
      return known
    }
    const entry = this.#add(new JournalEntry(message.own()), message)
    message.entry = entry
    return entry
  }

  /** An entry for one session only. It has one holder. */
  address(message: Message, addressee: Extract<Audience, { type: 'session' }>): JournalEntry {
    return this.#add(new JournalEntry(message.own(), addressee), message)
  }

  /** One session needs the entry no longer. */
  letGo(entry: JournalEntry): void {
    if (entry.position > 0) this.pages.letGo(entry.position)
    else entry.holders--
  }

  /** What is entered and has no place in the log yet; `undefined` if everything has. */
  undurable(): Predecessors | undefined {
    const committing = this.#committing?.entries ?? NOTHING
    const gathered = this.#gathering.entries
    if (committing.length + gathered.length === 0) return undefined
    const isKnown = this.#predecessors?.isOf(committing, gathered) === true
    if (!isKnown) this.#predecessors = new Predecessors(committing, gathered, this.shards)
    return this.#predecessors
  }

  /** Reads from the log. Never rejects: `undefined` if the store has failed. */
  async read(
    positions: readonly Position[],
  ): Promise<readonly (LogMessage | undefined)[] | undefined> {
    try {
      const found = await this.#reader.read(positions)
      this.#parts.turn.begin()
      return this.isDead ? undefined : found
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  /** Writes a record with the next commit. */
  write(op: RecordOp): void {
    const bytes = op.value?.length ?? 0
    this.#parts.turn.begin()
    this.#gathering.records.push(op)
    this.#gathering.bytes += bytes
    this.#bytes += bytes
  }

  /** Writes a record on condition, with the next commit. */
  writeIf(conditional: ConditionalOp): void {
    this.#parts.turn.begin()
    this.#gathering.conditional.push(conditional)
  }

  /** Deletes a record that belongs to another one, which is deleted on condition. */
  clear(table: Table, key: string): void {
    this.#parts.turn.begin()
    this.#gathering.leftovers.push({ table, key, value: null })
  }

  /** Asks for records in the next commit. */
  touch(recorded: Recorded): void {
    this.#parts.turn.begin()
    this.#recorded.touch(recorded)
  }

  /** Asks for records within about a second. */
  touchLater(recorded: Recorded): void {
    this.#recorded.touchLater(recorded)
  }

  /** There is nothing to be written about this one any more. */
  forget(recorded: Recorded): void {
    this.#recorded.forget(recorded)
  }

  /** Calls this when all that was asked for so far is durable; at once if nothing was. */
  when(waiting: Waiting): void {
    this.#parts.turn.begin()
    this.#gathering.waiting.push(waiting)
  }

  /** Fulfilled when all that was asked for so far is durable; never if the store has failed. */
  durable(): Promise<void> {
    return new Promise((resolve) => this.when({ durable: resolve }))
  }

  /** The same; false where there turns out to be no room: then it is written later. */
  stored(): Promise<boolean> {
    return new Promise((resolve) =>
      this.when({ durable: () => resolve(true), full: () => resolve(false) }),
    )
  }

  /** The turn is over: commits what it gathered, unless a commit is under way. */
  flush(): void {
    if (this.#committing !== undefined || this.isDead || this.#retry !== undefined) return
    this.#release()
    const batch = this.#gathering
    const hasNothing = batch.isEmpty && this.#recorded.isEmpty
    if (hasNothing && batch.waiting.length === 0) return
    this.#gathering = new JournalBatch()
    this.#recorded.gather(batch.records)
    if (!batch.isEmpty) {
      this.#commit(batch)
      return
    }
    batch.tell((error) => this.#parts.observers.fault?.(error))
    this.#release() // For whoever has let go just now.
  }

  /** Writes everything, and resolves when it is durable or never can be. */
  async drain(): Promise<void> {
    this.#recorded.hurry(Infinity)
    this.#parts.turn.begin()
    this.flush()
    if (this.#committing !== undefined && !this.isDead) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
      if (!this.#full) await this.drain()
    }
  }

  /** Stops writing. */
  close(): void {
    this.#tick[Symbol.dispose]()
    this.#retry?.[Symbol.dispose]()
    this.isDead = true
    this.#tellIdle()
  }

  #release(): void {
    if (!this.isReading) this.pages.flush()
  }

  #tellIdle(): void {
    const idle = this.#idle
    this.#idle = []
    for (const tell of idle) tell()
  }

  #add(entry: JournalEntry, message: Message, holders = 1): JournalEntry {
    const bytes = sizeOf(message)
    entry.holders = holders
    this.#gathering.entries.push(entry)
    this.#gathering.bytes += bytes
    this.#bytes += bytes
    return entry
  }

  #commit(batch: JournalBatch): void {
    this.#committing = batch
    for (const entry of batch.entries) entry.stage = 'committing'
    const began = this.#parts.clock.now()
    const { engine } = this.#parts
    void this.#hear(batch, engine.commit(batch.units(this.#memory, this.timeOfDay)), began)
  }

  async #hear(
    batch: JournalBatch,
    committed: Promise<readonly Outcome[]>,
    began: number,
  ): Promise<void> {
    try {
      const outcomes = await committed
      this.#figures.add(this.#parts.clock.now() - began)
      this.#finish(batch, () => this.#done(batch, outcomes))
    } catch (error) {
      this.#finish(batch, () => this.#failed(batch, error))
    }
  }

  #finish(batch: JournalBatch, act: () => void): void {
    if (this.isDead) return
    const { turn, observers } = this.#parts
    turn.begin()
    this.#committing = undefined
    this.#bytes -= batch.bytes
    try {
      act()
    } catch (error) {
      observers.fault?.(error)
    }
    this.#release()
    this.#tellIdle()
  }

  #done(batch: JournalBatch, outcomes: readonly Outcome[]): void {
    if (batch.entries.length > 0) this.#setFull(false)
    else if (this.#full) this.#add(this.#probe.entry(), this.#probe.message, 0)
    const main = batch.mainOutcome(outcomes)
    if (main?.committed === true) batch.place(main.positions, this.pages, this.ends)
    for (const [index, conditional] of batch.conditional.entries()) {
      const outcome = batch.conditionalOutcome(outcomes, index)
      const revision = outcome?.committed === true ? outcome.revisions[0] : undefined
      this.#contain(() => conditional.done(revision))
    }
    batch.tell((error) => this.#parts.observers.fault?.(error))
  }

  #failed(batch: JournalBatch, error: unknown): void {
    if (!(error instanceof StoreError) || error.kind !== 'full') {
      this.#fail(error)
      return
    }
    this.#setFull(true)
    for (const entry of batch.entries) {
      this.#probe.note(entry.message)
      entry.settle('lost', 0)
    }
    const waiting: Waiting[] = []
    for (const one of batch.waiting) {
      if (one.full === undefined) waiting.push(one)
      else this.#contain(() => one.full?.())
    }
    this.#gathering.takeUp(batch, waiting)
    this.#retryLater()
  }

  /** Records need less room than entries, so each is tried without the other. */
  #retryLater(): void {
    this.#retry ??= this.#parts.clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#parts.turn.begin()
      if (this.#gathering.isEmpty) this.#add(this.#probe.entry(), this.#probe.message, 0)
      this.flush()
    })
  }

  #fail(error: unknown): void {
    if (this.isDead) return
    this.close()
    this.#parts.failed(error)
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return
    this.#full = full
    this.#parts.observers.storeFull?.(full)
  }

  #writeLater(): void {
    this.#recorded.hurry(LATER_MAX)
    if (!this.#recorded.isEmpty) this.#parts.turn.begin()
  }

  #contain(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#parts.observers.fault?.(error)
    }
  }
}

const NOTHING: readonly JournalEntry[] = []
