/**
 * Virtual time that lets the world go on by itself. What is sent arrives, one turn in each round of
 * the event loop, so that promises continue as they do with sockets; only time waits to be moved.
 */
import { VirtualClock } from '@godwit/transport/testing'
import { nextRound, roundOver } from './real-time.ts'

/** The clock of a world: hand it to whatever takes a `Clock`. Starts at 0 ms. */
export class WorldClock extends VirtualClock {
  #isPumping = false
  #moving: Promise<void> = Promise.resolve()

  override defer(handler: () => void): void {
    super.defer(handler)
    this.#pump()
  }

  override deliver(handler: () => void): void {
    super.deliver(handler)
    this.#pump()
  }

  /**
   * Resolves when nothing is under way, and a round of the event loop has brought nothing new. What
   * comes from outside, such as a file or a socket, is not waited for.
   *
   * @throws {Error} after 100,000 rounds: something sends without end.
   */
  override async settled(): Promise<void> {
    if (await this.settledWithin(ROUNDS_MAX)) return
    throw new Error(`The world did not come to rest in ${ROUNDS_MAX} rounds of the event loop`)
  }

  /** The same, for no more than so many rounds. Resolves with whether nothing is under way. */
  async settledWithin(rounds: number): Promise<boolean> {
    for (let round = 0; round < rounds; round++) {
      await roundOver()
      if (!this.isBusy) return true
    }
    return false
  }

  /**
   * Moves time on by `ms`, from timer to timer, and settles at each. Calls that overlap move it one
   * after the other.
   *
   * @throws {RangeError} if `ms` is negative; {Error} like `settled`.
   */
  pass(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Time moves on by 0 ms or more, not by ${ms} ms`)
    return this.#move(async () => {
      await this.settled()
      const until = this.now() + ms
      while (this.nextTimerAt <= until) {
        this.jump()
        await this.settled()
      }
      this.advance(until - this.now())
    })
  }

  /**
   * Moves time on from timer to timer until `isOver`, by no more than `msMax`. Resolves with
   * whether it is over.
   *
   * @throws {Error} like `settled`.
   */
  async passUntil(isOver: () => boolean, msMax: number): Promise<boolean> {
    await this.#move(async () => {
      await this.settled()
      const until = this.now() + msMax
      while (!isOver() && this.nextTimerAt <= until) {
        this.jump()
        await this.settled()
      }
      if (!isOver()) this.advance(until - this.now())
    })
    return isOver()
  }

  #move(step: () => Promise<void>): Promise<void> {
    const moved = this.#moving.then(step)
    this.#moving = moved.catch(() => undefined)
    return moved
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    nextRound(() => {
      this.#isPumping = false
      try {
        this.turn()
      } finally {
        if (this.isBusy) this.#pump()
      }
    })
  }
}

const ROUNDS_MAX = 100_000
