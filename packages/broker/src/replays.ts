/**
 * The replays that are on their way to one session, one after the other in the order of its
 * subscriptions. To the chores they are one: a session with 100,000 new subscriptions has no more
 * of each slice than one with a single one, and to wake it costs the same.
 */
import type { Chore, Chores } from './chores.ts'
import type { Replay, ReplayTarget } from './replay.ts'

/** What is left to replay to one session. */
export class Replays implements Chore {
  readonly #target: ReplayTarget
  readonly #chores: Chores
  readonly #waiting = new Map<string, Replay>()

  constructor(target: ReplayTarget, chores: Chores) {
    this.#target = target
    this.#chores = chores
  }

  /** Adds one behind all others, in place of the one that the filter has. */
  add(replay: Replay): void {
    this.cancel(replay.filter)
    this.#waiting.set(replay.filter, replay)
    this.wake()
  }

  /** The one for a filter. */
  get(filter: string): Replay | undefined {
    return this.#waiting.get(filter)
  }

  /** Ends the replay for a filter, if there is one. */
  cancel(filter: string): void {
    this.#waiting.get(filter)?.cancel()
    this.#waiting.delete(filter)
  }

  /** Ends all. */
  clear(): void {
    for (const replay of this.#waiting.values()) replay.cancel()
    this.#waiting.clear()
  }

  /** The target has room: what was interrupted goes on. */
  wake(): void {
    if (this.#waiting.size > 0 && this.#target.canReplay) this.#chores.add(this)
  }

  /** A replay has come to its end. */
  ended(replay: Replay): void {
    if (this.#waiting.get(replay.filter) === replay) this.#waiting.delete(replay.filter)
  }

  /** See {@link Chore}. */
  step(): boolean {
    for (const replay of this.#waiting.values()) {
      if (replay.step()) return true
      break
    }
    return this.#waiting.size > 0 && this.#target.canReplay
  }
}
