/**
 * Receives messages and prints them: from a stream, and those that a session of an earlier life
 * brings along. A message is acknowledged when it was printed.
 */
import type { Message } from '@godwit/client'
import { deferred } from '../deferred.ts'
import { presentInstant } from '../output/instant.ts'
import type { Printer } from '../output/printer.ts'
import type { Screen } from '../output/screen.ts'
import { shownMessage } from '../output/shown-message.ts'
import { Removals } from './removals.ts'
import { choose } from './selection.ts'
import type { Choice, SelectionFlags } from './selection.ts'
import type { ServerBrake } from './server-brake.ts'

/** What messages are received for. */
export interface ReceptionFlags extends SelectionFlags {
  /** How many messages to print at most. */
  readonly count?: number
  readonly removeRetained?: boolean
}

/** What a reception is made of. */
export interface ReceptionParts {
  readonly flags: ReceptionFlags
  readonly printer: Printer
  readonly screen: Screen
  readonly brake: ServerBrake
  /** Has the server forget the retained message of a topic. */
  readonly remove: (topic: string) => Promise<unknown>
}

const NEVER = new Promise<void>(() => {})

/** Takes one message after the other. */
export class Reception {
  /** Resolves when no more messages are wanted; rejects when one cannot be removed. */
  readonly over: Promise<void>
  readonly #parts: ReceptionParts
  readonly #removals: Removals
  readonly #end: () => void
  #printed = 0
  #isOver = false

  constructor(parts: ReceptionParts) {
    const { promise, resolve, reject } = deferred<void>()
    const { remove, flags } = parts
    this.#parts = parts
    this.over = promise
    this.#end = () => {
      this.#isOver = true
      resolve()
    }
    // Nobody says which retained message is the last one.
    const onQuiet = (): void => {
      if (flags.retainedOnly === true) this.#end()
    }
    this.#removals = new Removals({ remove, onFailure: reject, onQuiet })
  }

  /**
   * Prints a message, or leaves it. A promise says that nothing more is to be taken until it has
   * resolved.
   */
  take(message: Message): Promise<void> | undefined {
    const { flags, brake } = this.#parts
    // What comes behind the last one wanted stays unacknowledged: a lasting session keeps it.
    if (this.#isOver) return NEVER
    const choice = this.#choose(message)
    if (choice === 'end') {
      this.#end()
      return undefined
    }
    const slow = choice === 'print' ? this.#print(message) : undefined
    message.acknowledge()
    const removes = flags.removeRetained === true && message.retain && choice !== 'exclude'
    if (removes) return this.#removals.take(message)
    return slow === undefined ? undefined : brake.until(slow)
  }

  /** Resolves when what was to be removed is. */
  async settled(): Promise<void> {
    await this.#removals.settled()
  }

  #choose(message: Message): Choice {
    const { flags } = this.#parts
    const choice = choose(message, flags)
    return choice === 'end' && this.#removals.isEcho(message) ? 'exclude' : choice
  }

  #print(message: Message): Promise<void> | undefined {
    const { flags, printer, screen } = this.#parts
    const slow = screen.show(() => printer(shownMessage(message, presentInstant())))
    this.#printed += 1
    if (this.#printed === flags.count) this.#end()
    return slow
  }
}
