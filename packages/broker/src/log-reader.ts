/**
 * Reads messages from the log for the sessions that have come to them. What several of them need is
 * kept for a while, because sessions that come back together want it soon after each other.
 */
import type { Engine, Position } from '@godwit/store'
import { logMessage } from './log-message.ts'
import type { LogMessage } from './log-message.ts'
import type { LogPages } from './log-pages.ts'
import { sizeOf } from './delivery.ts'
import type { TimeOfDay } from './time-of-day.ts'

/** How much is kept, at most twice. */
const KEPT_MAX = 2048
const KEPT_BYTES_MAX = 4 * 1024 * 1024

/** The reader of one broker. */
export class LogReader {
  readonly #engine: Pick<Engine, 'log'>
  readonly #time: TimeOfDay
  readonly #pages: Pick<LogPages, 'isShared'>
  /** What was read of late. When it is full, it takes the place of what was read before. */
  #late = new Map<Position, LogMessage>()
  #early = new Map<Position, LogMessage>()
  #lateBytes = 0

  constructor(engine: Pick<Engine, 'log'>, time: TimeOfDay, pages: Pick<LogPages, 'isShared'>) {
    this.#engine = engine
    this.#pages = pages
    this.#time = time
  }

  /** The messages at these positions; `undefined` where there is none. @throws {StoreError} */
  async read(positions: readonly Position[]): Promise<readonly (LogMessage | undefined)[]> {
    const found: (LogMessage | undefined)[] = []
    const missing: Position[] = []
    for (const position of positions) {
      const known = this.#late.get(position) ?? this.#early.get(position)
      found.push(known)
      if (known === undefined) missing.push(position)
    }
    if (missing.length > 0) this.#fill(found, missing, await this.#engine.log.read(missing))
    return found
  }

  /** Puts what was read in the places where there is nothing. */
  #fill(
    found: (LogMessage | undefined)[],
    missing: readonly Position[],
    read: readonly (Uint8Array | undefined)[],
  ): void {
    let next = 0
    for (let index = 0; index < found.length; index++) {
      if (found[index] !== undefined) continue
      const position = missing[next]
      const bytes = read[next++]
      if (position === undefined || bytes === undefined) continue
      const one = logMessage(bytes, position, this.#time)
      found[index] = one
      if (this.#pages.isShared(position)) this.#keep(position, one)
    }
  }

  #keep(position: Position, one: LogMessage): void {
    this.#late.set(position, one)
    this.#lateBytes += sizeOf(one.message)
    if (this.#late.size < KEPT_MAX && this.#lateBytes < KEPT_BYTES_MAX) return
    this.#early = this.#late
    this.#late = new Map()
    this.#lateBytes = 0
  }
}
