// An outbox store in memory, whose answers a test can hold back and spoil.
import type { OutboxStore, StoredMessage } from '../src/outbox/outbox-store.ts'

/** What was asked of a store, and is not answered yet. */
interface Call {
  readonly apply: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Answers at once, unless it is held. */
export class MemoryOutboxStore implements OutboxStore {
  readonly messages: Map<number, StoredMessage> = new Map()
  /** The calls, as text. */
  readonly calls: string[] = []
  /** Whether calls wait for `answer`. */
  isHeld = false
  /** What calls are rejected with. */
  failure: unknown
  isOpen = false
  readonly #waiting: Call[] = []

  load(): Promise<readonly StoredMessage[]> {
    this.isOpen = true
    const messages = [...this.messages.values()].toSorted((a, b) => a.sequence - b.sequence)
    return this.failure === undefined ? Promise.resolve(messages) : Promise.reject(this.failure)
  }

  append(messages: readonly StoredMessage[]): Promise<void> {
    this.calls.push(`append ${messages.map(({ sequence }) => sequence).join()}`)
    return this.#call(() => {
      for (const message of messages) this.messages.set(message.sequence, message)
    })
  }

  remove(sequences: readonly number[]): Promise<void> {
    this.calls.push(`remove ${sequences.join()}`)
    return this.#call(() => {
      for (const sequence of sequences) this.messages.delete(sequence)
    })
  }

  close(): Promise<void> {
    this.calls.push('close')
    this.isOpen = false
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure)
  }

  /** Answers the oldest calls that wait. */
  answer(count: number = Infinity): void {
    for (const call of this.#waiting.splice(0, count)) this.#answer(call)
  }

  #call(apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = { apply, resolve, reject }
      if (this.isHeld) this.#waiting.push(call)
      else this.#answer(call)
    })
  }

  #answer({ apply, resolve, reject }: Call): void {
    if (this.failure !== undefined) {
      reject(this.failure)
      return
    }
    apply()
    resolve()
  }
}
