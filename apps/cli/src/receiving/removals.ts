/** Having a server forget retained messages: by an empty one for each topic. */
import type { Message } from '@godwit/client'
import { PublishingWindow } from '../payload/publishing-window.ts'

/** How removals are done. */
export interface RemovalsParts {
  /** Has the server forget the retained message of a topic. */
  readonly remove: (topic: string) => Promise<unknown>
  /** Told the first error. */
  readonly onFailure: (error: unknown) => void
  /** Told when for a second there was nothing to remove. */
  readonly onQuiet: () => void
}

/** How many removals may be on their way: one at a time would take hours for a large tree. */
const UNDER_WAY_MAX = 64
const QUIET_MS = 1_000

/** The removals of one run. */
export class Removals {
  readonly #parts: RemovalsParts
  readonly #window: PublishingWindow
  /** The topics whose removal has not come back to us as a message. */
  readonly #echoes = new Set<string>()
  #quiet: NodeJS.Timeout | undefined

  constructor(parts: RemovalsParts) {
    this.#parts = parts
    this.#window = new PublishingWindow(UNDER_WAY_MAX, parts.onFailure)
  }

  /** Removes a message; resolves when there is room for the next. */
  async take({ topic }: Message): Promise<void> {
    this.#echoes.add(topic)
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(this.#parts.onQuiet, QUIET_MS)
    await this.#window.take(this.#parts.remove(topic))
  }

  /** Whether a message is a removal of our own, which comes back as we have subscribed to it. */
  isEcho({ topic, retain, payload }: Message): boolean {
    return !retain && payload.length === 0 && this.#echoes.delete(topic)
  }

  /** Resolves when all of them are done. @throws the first error */
  async settled(): Promise<void> {
    clearTimeout(this.#quiet)
    await this.#window.settled()
  }
}
