/** What the broker took, for those who wait for it. */
import { matches, topicFilterFault } from '@godwit/topic'
import { afterRealMs } from './real-time.ts'
import type { TestMessage } from './test-message.ts'

/** Keeps every message, and hands each out once. */
export class Inbox {
  readonly #messages: TestMessage[] = []
  readonly #untaken = new Set<TestMessage>()
  readonly #waiting = new Set<Waiting>()

  /** A message was taken. */
  add(message: TestMessage): void {
    this.#messages.push(message)
    for (const waiting of this.#waiting) {
      if (!matches(waiting.filter, message.topic)) continue
      this.#waiting.delete(waiting)
      waiting.resolve(message)
      return
    }
    this.#untaken.add(message)
  }

  /** All there were whose topic matches; all there were without a filter. */
  all(filter: string | undefined): readonly TestMessage[] {
    if (filter === undefined) return [...this.#messages]
    check(filter)
    return this.#messages.filter(({ topic }) => matches(filter, topic))
  }

  /** The oldest that matches and was not taken, now or when it comes. Rejects after a real time. */
  take(filter: string, withinMs: number): Promise<TestMessage> {
    check(filter)
    for (const message of this.#untaken) {
      if (!matches(filter, message.topic)) continue
      this.#untaken.delete(message)
      return Promise.resolve(message)
    }
    const taken = new Promise<TestMessage>((resolve, reject) => {
      const timer = afterRealMs(withinMs, () => {
        this.#waiting.delete(waiting)
        reject(this.#missing(filter, withinMs))
      })
      const waiting: Waiting = {
        filter,
        resolve: (message) => {
          timer[Symbol.dispose]()
          resolve(message)
        },
        reject: (error) => {
          timer[Symbol.dispose]()
          reject(error)
        },
      }
      this.#waiting.add(waiting)
    })
    // A test may have stopped to care.
    taken.catch(() => undefined)
    return taken
  }

  /** Nothing more will come. */
  close(): void {
    for (const { filter, reject } of this.#waiting) {
      reject(new Error(`The world was closed before a message on ${JSON.stringify(filter)} came`))
    }
    this.#waiting.clear()
  }

  #missing(filter: string, withinMs: number): Error {
    const untaken = [...this.#untaken].map(({ topic }) => JSON.stringify(topic))
    const others =
      untaken.length === 0
        ? 'Nothing else waits to be looked at'
        : `On other topics there are: ${untaken.slice(0, SHOWN_MAX).join(', ')}`
    return new Error(
      `No message on ${JSON.stringify(filter)} came within ${withinMs} ms. ${others}. ` +
        'What waits for time to pass needs world.advance.',
    )
  }
}

interface Waiting {
  readonly filter: string
  readonly resolve: (message: TestMessage) => void
  readonly reject: (error: Error) => void
}

const SHOWN_MAX = 10

function check(filter: string): void {
  const fault = topicFilterFault(filter)
  if (fault !== undefined) throw new RangeError(`${fault.reason}: got ${JSON.stringify(filter)}`)
}
