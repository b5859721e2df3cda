/**
 * Writes one group at a time. What is committed meanwhile gathers and is the next one:
 *
 *     commit, commit --> group --> LMDB, fdatasync --> outcomes
 *          commit, commit, release --> gathering
 *
 * An idle writer begins when the turn of the event loop is over, so that what all the sockets
 * brought in this turn is one group.
 */
import { type Outcome, StoreError, type Unit } from '@godwit/store'
import { type Counters, encodeCounters } from './counters.ts'
import type { Changes, Tree } from './environment.ts'
import { type Call, Gathering } from './gathering.ts'
import { COUNTERS_KEY } from './keys.ts'
import { PAGES_AT_ONCE, Releases } from './releases.ts'
import { seal, type Verdict } from './sealing.ts'
import type { Space } from './space.ts'

/** What the writer needs. */
export interface WriterContext {
  readonly environment: Tree
  readonly space: Space
  /** The revision of a record on disk. @throws {StoreError} `corrupt`. */
  readonly revisionOf: (tableAndKey: Uint8Array) => number
}

/** The one that writes. */
export class Writer {
  readonly #context: WriterContext
  readonly #releases = new Releases()
  #counters: Readonly<Counters>
  #queue: Gathering[] = []
  #running: Promise<void> | undefined
  #failure: StoreError | undefined
  #idle: NodeJS.Timeout | undefined
  /** The last group was not written, so that what is left to release will have to wait. */
  #isStuck = false

  /** Goes on from these counters. */
  constructor(context: WriterContext, counters: Readonly<Counters>) {
    this.#context = context
    this.#counters = counters
  }

  /** Those of the last group that was written. */
  get counters(): Readonly<Counters> {
    return this.#counters
  }

  /** See `Engine.commit`. */
  commit(units: readonly Unit[]): Promise<readonly Outcome[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const gathering = this.#gathering()
    return new Promise((resolve, reject) => {
      gathering.add(units, resolve, reject)
      void this.#start()
    })
  }

  /** See `MessageLog.release`. */
  release(pages: readonly number[]): void {
    if (this.#failure !== undefined) return
    const gathering = this.#gathering()
    const entriesBefore = gathering.entriesAt.length
    for (const page of pages) gathering.releases.push({ page, entriesBefore })
    this.#startSoon()
  }

  /** Writes all that waits, releases too. Nothing may come meanwhile. */
  async settle(): Promise<void> {
    do await this.#start()
    while (this.#hasWork() && !this.#isStuck)
  }

  /** Deletes what was released before, as far as there is room to do it. */
  async sweep(): Promise<void> {
    const waiting = this.#queue.reduce((sum, { releases }) => sum + releases.length, 0)
    const groups = this.#queue.length + Math.ceil((waiting + this.#releases.pages) / PAGES_AT_ONCE)
    // The run that is under way may be at its end: it counts as none.
    for (let left = groups + 1; left > 0 && this.#hasReleases() && !this.#isStuck; left--) {
      await this.#start()
    }
  }

  #hasReleases(): boolean {
    return this.#releases.pages > 0 || this.#queue.some(({ releases }) => releases.length > 0)
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#releases.pages > 0
  }

  /** Where what comes is gathered. */
  #gathering(): Gathering {
    const last = this.#queue.at(-1)
    if (last !== undefined && last.bytes < GROUP_BYTES_MAX) return last
    const gathering = new Gathering()
    this.#queue.push(gathering)
    return gathering
  }

  #start(): Promise<void> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    do {
      await turn()
      clearTimeout(this.#idle)
      this.#idle = undefined
      if (this.#failure === undefined) await this.#take(this.#queue.shift() ?? new Gathering())
    } while (this.#queue.some(({ isEmpty }) => !isEmpty))
    this.#running = undefined
    if (this.#failure === undefined && this.#hasWork()) this.#startSoon()
  }

  #startSoon(): void {
    this.#idle ??= setTimeout(() => void this.#start(), IDLE_MS).unref()
  }

  async #take(gathering: Gathering): Promise<void> {
    try {
      await this.#write(gathering)
    } catch (error) {
      // LMDB could not even be read.
      const failure = await this.#context.space.errorOf(error, 0)
      for (const call of gathering.calls) call.reject(failure)
      this.#fail(failure)
    }
  }

  async #write(gathering: Gathering): Promise<void> {
    const { environment, revisionOf } = this.#context
    const counters = { ...this.#counters }
    const planned = this.#releases.plan(environment, counters)
    const refusalOf = this.#judge(gathering)
    const sealed = seal(gathering, { counters, revisionOf, refusalOf })
    const { puts, verdicts } = sealed
    this.#releases.add(sealed.releases)
    const removals = [...planned.removals, ...sealed.removals]
    if (puts.length > 0 || removals.length > 0) {
      puts.push([COUNTERS_KEY, encodeCounters(counters)])
      const error = await this.#put({ puts, removals }, gathering.bytes)
      if (error !== undefined) return this.#refuse(verdicts, counters, error)
    }
    this.#isStuck = false
    planned.done()
    this.#counters = counters
    for (const { call, result } of verdicts) answer(call, result)
  }

  /** Looks whether there is room, for entries first and else for records at least. */
  #judge(gathering: Gathering): (call: Call) => StoreError | undefined {
    const { space } = this.#context
    if (gathering.entriesAt.length > 0) {
      const shortage = space.shortage('entries', gathering.bytes)
      if (shortage === undefined) return () => undefined
      const worse = space.shortage('records', gathering.recordFrames.length)
      return (call) => (call.hasEntries ? shortage : call.hasValues ? worse : undefined)
    }
    const shortage = gathering.isEmpty ? undefined : space.shortage('records', gathering.bytes)
    return (call) => (call.hasValues ? shortage : undefined)
  }

  async #put(changes: Changes, bytes: number): Promise<StoreError | undefined> {
    try {
      await this.#context.environment.write(changes)
      return undefined
    } catch (error) {
      return this.#context.space.errorOf(error, bytes)
    }
  }

  /** The group was not written. */
  #refuse(verdicts: readonly Verdict[], counters: Counters, error: StoreError): void {
    this.#isStuck = true
    this.#counters = { ...this.#counters, next: counters.next, revision: counters.revision }
    for (const { call } of verdicts) call.reject(error)
    if (error.kind === 'failed') this.#fail(error)
  }

  #fail(error: StoreError): void {
    this.#failure = error
    for (const { calls } of this.#queue) for (const call of calls) call.reject(error)
    this.#queue = []
    clearTimeout(this.#idle)
  }
}

/** How long pages that were released wait for a group that takes them along. */
const IDLE_MS = 100

/** A group ends here: a greater one would take LMDB much memory, and its callers time. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function answer(call: Call, result: readonly Outcome[] | StoreError): void {
  if (result instanceof StoreError) call.reject(result)
  else call.resolve(result)
}
