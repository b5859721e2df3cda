/**
 * The load that publishers make. With a rate every message is due at a moment of its own, whatever
 * became of those before it: a server that stalls is not waited for, and the messages that it made
 * late are as late as they are for whoever sends them in earnest (no coordinated omission). Without
 * a rate each client has so many messages on their way as it may.
 */
import type { BenchSettings } from './bench-settings.ts'
import type { Outcomes } from './outcomes.ts'
import type { Pace } from './pace.ts'
import type { Publisher } from './publisher.ts'

/** What a load is made of. */
export interface LoadParts {
  readonly settings: BenchSettings
  readonly publishers: readonly Publisher[]
  readonly outcomes: Outcomes
  readonly pace: Pace
  /** Told when everything was published, and the rest is waited for. */
  readonly over: () => void
}

/** A load that is late sends so many before everything else has a turn of the event loop. */
const BURST_MESSAGES = 256

/** Publishes for as long as the settings say. */
export class PublishingLoad {
  readonly #parts: LoadParts
  #missed = 0

  constructor(parts: LoadParts) {
    this.#parts = parts
  }

  /** How many messages were due and never published, for want of time of this program. */
  get missed(): number {
    return this.#missed
  }

  /**
   * Publishes everything, and waits for what is under way as long as the settings say. What is due
   * from `begin` on is counted; what is due before that is the warm-up.
   */
  async run(begin: number): Promise<void> {
    const { settings, outcomes, over } = this.#parts
    outcomes.begin(begin)
    const end = begin + settings.durationMs
    if (settings.rate > 0) await this.#paced(begin, end)
    else await this.#pumped(begin, end)
    over()
    await this.#drained()
    outcomes.end()
  }

  async #paced(begin: number, end: number): Promise<void> {
    const { settings, publishers, pace } = this.#parts
    const intervalMs = 1000 / settings.rate
    const warmUp = Math.ceil(settings.warmUpMs / intervalMs)
    const total = Math.min(settings.count, Math.ceil((end - begin) / intervalMs - ROUNDING))
    const isTimed = settings.qos > 0
    for (let number = -warmUp, burst = 0; number < total; number++) {
      const due = begin + number * intervalMs
      const now = pace.now()
      if (due > now) await pace.until(due)
      else if (++burst % BURST_MESSAGES === 0) await pace.round()
      if (now >= end + GRACE_MS) {
        this.#missed = total - Math.max(0, number)
        return
      }
      publishers[(number + warmUp) % publishers.length]?.publish(due, isTimed)
    }
  }

  /** Keeps so many messages of each client under way as it may have. */
  async #pumped(begin: number, end: number): Promise<void> {
    const { settings, publishers, pace } = this.#parts
    const pumps = publishers.map((publisher, index) => {
      const share = shareOf(settings.count, index, publishers.length)
      return this.#pump(publisher, share, { begin, end })
    })
    const isOver = await pace.within(Promise.all(pumps), end - pace.now())
    if (isOver) return
    // Nobody waits for room any more; what is under way is counted while it is waited for.
    for (const publisher of publishers) publisher.release()
    await Promise.all(pumps)
  }

  async #pump(publisher: Publisher, share: number, { begin, end }: Span): Promise<void> {
    const { settings, pace } = this.#parts
    const { underWayMax, qos } = settings
    const isTimed = qos > 0
    let counted = 0
    for (let now = pace.now(); now < end && counted < share; now = pace.now()) {
      const room = Math.min(underWayMax - publisher.underWay, BURST_MESSAGES)
      for (let sent = 0; sent < room && counted < share; sent++) {
        publisher.publish(isTimed ? pace.now() : now, isTimed)
        if (now >= begin) counted++
      }
      await pace.round()
      if (pace.now() >= end) return
      await publisher.atMost(underWayMax - 1)
    }
  }

  async #drained(): Promise<void> {
    const { settings, publishers, pace } = this.#parts
    const all = Promise.all(publishers.map((publisher) => publisher.atMost(0)))
    await pace.within(all, settings.drainMs)
    for (const publisher of publishers) publisher.release()
  }
}

/** For the last messages, which may be due a moment before the end and late by as much. */
const GRACE_MS = 100

/** Of the quotient of two times that are no whole numbers. */
const ROUNDING = 1e-6

interface Span {
  readonly begin: number
  readonly end: number
}

/** How many of a number of messages one of several clients has to send. */
function shareOf(count: number, index: number, clients: number): number {
  if (count === Infinity) return Infinity
  return Math.floor(count / clients) + (index < count % clients ? 1 : 0)
}
