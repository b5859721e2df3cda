/**
 * Plays a recording: every message at its moment, whatever became of those before it. Moments are
 * counted from the beginning, so that one late message does not make all others late. Only where
 * too many messages are on their way does it wait, and says how late that made it.
 */
import type { Pace } from '../bench/pace.ts'
import { PublishingWindow } from '../payload/publishing-window.ts'
import type { RecordedMessage } from '../recording/recording-line.ts'
import type { PlacedLine, RecordedThing } from '../recording/recording-reader.ts'

/** What is played, and how fast. */
export interface ReplayPlan {
  /** 2 is twice as fast as it was; 0 is without any waiting. */
  readonly speed: number
  /** How often; Infinity is for ever. */
  readonly loops: number
  /** The part of the recording, in milliseconds since its beginning. */
  readonly fromMs: number
  readonly toMs: number
  /** How many messages may be on their way. */
  readonly underWayMax: number
}

/** What a replayer is made of. */
export interface ReplayerParts {
  /** Opens the recording, once for each time it is played. */
  readonly open: () => AsyncIterable<PlacedLine<RecordedThing>>
  /** Publishes a message; `undefined` for one that is left out. */
  readonly publish: (message: RecordedMessage, line: number) => Promise<unknown> | undefined
  readonly pace: Pace
  /** Told of the first message that cannot be published. */
  readonly failed: (error: unknown) => void
}

/** Plays one recording. */
export class Replayer {
  readonly #plan: ReplayPlan
  readonly #parts: ReplayerParts
  readonly #window: PublishingWindow
  #messages = 0
  #latestMs = 0

  constructor(plan: ReplayPlan, parts: ReplayerParts) {
    this.#plan = plan
    this.#parts = parts
    this.#window = new PublishingWindow(plan.underWayMax, parts.failed)
  }

  /** How many messages were published. */
  get messages(): number {
    return this.#messages
  }

  /** How much too late the latest of them was. */
  get latestMs(): number {
    return this.#latestMs
  }

  /** Resolves when everything was published and acknowledged. @throws what went wrong first */
  async run(): Promise<void> {
    const { pace } = this.#parts
    let begin = pace.now()
    for (let loop = 0; loop < this.#plan.loops; loop++) {
      const before = this.#messages
      const lengthMs = await this.#play(begin)
      // Nothing to publish is nothing to repeat.
      if (this.#messages === before) break
      begin = this.#plan.speed === 0 ? pace.now() : begin + lengthMs / this.#plan.speed
      if (loop + 1 < this.#plan.loops) await pace.until(begin)
    }
    await this.#window.settled()
  }

  /** Plays it once; gives how long the part of it is. */
  async #play(begin: number): Promise<number> {
    const { speed, fromMs, toMs } = this.#plan
    const { open, pace } = this.#parts
    let lastMs = fromMs
    for await (const { line, content } of open()) {
      if (content.ms > toMs) break
      if (content.ms < fromMs) continue
      lastMs = content.ms
      if (content.kind !== 'message') continue
      const moment = speed === 0 ? pace.now() : begin + (content.ms - fromMs) / speed
      await pace.until(moment)
      await this.#publish(content, line, moment)
    }
    return (toMs === Infinity ? lastMs : toMs) - fromMs
  }

  async #publish(message: RecordedMessage, line: number, moment: number): Promise<void> {
    const { publish, pace } = this.#parts
    const publishing = publish(message, line)
    if (publishing === undefined) return
    this.#messages++
    this.#latestMs = Math.max(this.#latestMs, pace.now() - moment)
    await this.#window.take(publishing)
  }
}
