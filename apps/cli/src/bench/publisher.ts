/** One publishing client of a benchmark: what it has under way, and what became of the rest. */
import { ClientError } from '@godwit/client'
import type { Outcomes } from './outcomes.ts'

/** Publishes a message of a client: its number, and the moment when it was due. */
export type Send = (sequence: number, dueMs: number) => Promise<unknown>

/** Publishes, and counts what becomes of it. */
export class Publisher {
  readonly #send: Send
  readonly #outcomes: Outcomes
  /** Made once: at QoS 0 millions of messages a second want no closure each. */
  readonly #taken: () => void
  readonly #refused: (error: unknown) => void
  #sequence = 0
  #underWay = 0
  #isReleased = false
  #wake: (() => void) | undefined

  constructor(send: Send, outcomes: Outcomes) {
    this.#send = send
    this.#outcomes = outcomes
    this.#taken = () => {
      outcomes.taken()
      this.#over()
    }
    this.#refused = (error) => {
      outcomes.refused(reasonOf(error))
      this.#over()
    }
  }

  /** How many messages it was given. */
  get sent(): number {
    return this.#sequence
  }

  /** How many are not over. */
  get underWay(): number {
    return this.#underWay
  }

  /** Publishes the next message; with `isTimed` its latency is counted from when it was due. */
  publish(dueMs: number, isTimed: boolean): void {
    this.#underWay++
    const publishing = this.#send(this.#sequence++, dueMs)
    const taken = isTimed ? (): void => this.#acknowledged(dueMs) : this.#taken
    publishing.then(taken, this.#refused)
  }

  /** Resolves when no more than so many are under way, or it was released. */
  async atMost(count: number): Promise<void> {
    this.#isReleased = false
    while (this.#underWay > count && !this.#isReleased) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Whoever waits for it waits no longer. */
  release(): void {
    this.#isReleased = true
    this.#wakeUp()
  }

  #acknowledged(dueMs: number): void {
    this.#outcomes.acknowledged(dueMs)
    this.#over()
  }

  #over(): void {
    this.#underWay--
    this.#wakeUp()
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ClientError) return error.reasonName ?? error.code
  return error instanceof Error ? error.name : String(error)
}
