/**
 * Whether the broker keeps up, and what it gives up in which order if it does not:
 *
 *     1  messages of QoS 0 from clients are dropped and counted
 *     2  connections that publish are not read, a second each time
 *     3  CONNECTs are refused, with 0x89 Server busy
 *
 * It has two troubles. The event loop is late: in each half second for two seconds its worst delay,
 * which is the 99th percentile of so few, was above the limit. Or the memory that it accounts for
 * nears its limit: 85 % of that is level 1, 90 % level 2, 95 % level 3.
 *
 * A level is left as slowly as it is reached, one by one: when the loop has been less than half as
 * late for two seconds, and memory is down by 5 % of its limit. One long turn is no overload.
 */
import type { Clock } from '@godwit/transport'
import type { Chores } from './chores.ts'
import { Relief } from './relief.ts'

/** What is given up at present; 0 for nothing. */
export type OverloadLevel = 0 | 1 | 2 | 3

/** What it looks at. */
export interface OverloadSigns {
  /** How late the event loop may be, in milliseconds. */
  readonly lagMsMax: () => number
  /** The share of the memory that may be used, 0 to 1 and beyond; 0 where there is no limit. */
  readonly memoryShare: () => number
  /** It changed; `cause` is a sentence for a log. */
  readonly changed: (level: OverloadLevel, cause: string) => void
}

/** The overload of a broker. */
export class Overload implements Disposable {
  /** Read for each message. */
  level: OverloadLevel = 0
  readonly #clock: Pick<Clock, 'now' | 'tick'>
  readonly #signs: OverloadSigns
  readonly #relief: Relief
  readonly #tick: Disposable
  readonly #lag = new Ladder()
  #memoryLevel: OverloadLevel = 0
  #tickedAt: number
  /** Of the half second that is under way. */
  #began: number
  #worstMs = 0

  constructor(
    clock: Pick<Clock, 'now' | 'tick'>,
    chores: Pick<Chores, 'add'>,
    signs: OverloadSigns,
  ) {
    this.#clock = clock
    this.#signs = signs
    this.#relief = new Relief(chores)
    this.#tickedAt = this.#began = clock.now()
    this.#tick = clock.tick(TICK_MS, () => this.#look())
  }

  /** Calls back when a connection that publishes may be read again. */
  relieve(goOn: () => void): void {
    this.#relief.wait(this.#clock.now(), goOn)
  }

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]()
  }

  #look(): void {
    const now = this.#clock.now()
    this.#worstMs = Math.max(this.#worstMs, now - this.#tickedAt - TICK_MS)
    this.#tickedAt = now
    if (now - this.#began >= WINDOW_MS) this.#judge(now)
    this.#relief.look(this.level < 2, now)
  }

  #judge(now: number): void {
    const { lagMsMax, memoryShare, changed } = this.#signs
    const worstMs = this.#worstMs
    this.#began = now
    this.#worstMs = 0
    const isLate = worstMs > lagMsMax()
    const isCalm = 2 * worstMs < lagMsMax()
    this.#lag.add(isLate ? 1 : isCalm ? -1 : 0)
    const share = memoryShare()
    this.#memoryLevel = memoryLevelOf(share, this.#memoryLevel)
    const level = this.#memoryLevel > this.#lag.level ? this.#memoryLevel : this.#lag.level
    if (level === this.level) return
    this.level = level
    const lag = `the event loop was up to ${Math.round(worstMs)} ms late`
    const memory = `${Math.round(100 * share)} % of the memory limit is used`
    changed(level, `Overload level ${level}: ${lag}, ${memory}`)
  }
}

/** Goes up and down by one level after so many signs in a row. */
class Ladder {
  level: OverloadLevel = 0
  #row = 0

  /** One sign: 1 for up, -1 for down, 0 for neither. */
  add(sign: number): void {
    this.#row = Math.sign(this.#row) === -sign || sign === 0 ? sign : this.#row + sign
    if (this.#row >= WINDOWS_IN_A_ROW) this.#go(1)
    else if (this.#row <= -WINDOWS_IN_A_ROW) this.#go(-1)
  }

  #go(step: 1 | -1): void {
    this.level = LEVELS[this.level + step] ?? this.level
    this.#row = 0
  }
}

const LEVELS: readonly OverloadLevel[] = [0, 1, 2, 3]

/** The level that memory alone calls for, where it was at another before. */
function memoryLevelOf(share: number, former: OverloadLevel): OverloadLevel {
  let level: OverloadLevel = 0
  for (const next of LEVELS) {
    const threshold = SHARES[next] ?? 0
    if (share > (next > former ? threshold : threshold - HYSTERESIS)) level = next
  }
  return level
}

/** Beyond which share of the memory limit a level begins. */
const SHARES: Readonly<Record<OverloadLevel, number>> = { 0: 0, 1: 0.85, 2: 0.9, 3: 0.95 }
const HYSTERESIS = 0.05

/** The same as the wheel of deadlines has, so that one timer does for both. */
const TICK_MS = 50
const WINDOW_MS = 500
const WINDOWS_IN_A_ROW = 4
