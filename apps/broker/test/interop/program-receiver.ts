/** A receiver that is a program of its own and prints each message on a line. */
import type { Program } from '../program.ts'
import type { Message, Receiver } from './peer.ts'

/** How to read a program of some kind, and how to end it. */
export interface Dialect<M extends Message> {
  /** The message that a line stands for; undefined if it is about something else. */
  parse(line: string): M | undefined
  /** Makes the program say DISCONNECT and end. */
  dismiss(program: Program): void
}

/** A program that has subscribed. */
export class ProgramReceiver<M extends Message = Message> implements Receiver {
  readonly program: Program
  readonly #dialect: Dialect<M>
  readonly #messages: M[] = []
  /** How far what it printed was looked at. */
  #parsedTo = 0

  constructor(program: Program, dialect: Dialect<M>) {
    this.program = program
    this.#dialect = dialect
  }

  get messages(): readonly M[] {
    const { stdout } = this.program
    for (let end; (end = stdout.indexOf('\n', this.#parsedTo)) !== -1; this.#parsedTo = end + 1) {
      const message = this.#dialect.parse(stdout.slice(this.#parsedTo, end))
      if (message !== undefined) this.#messages.push(message)
    }
    return this.#messages
  }

  received(topicStart: string, count: number): Promise<readonly M[]> {
    return this.program.until(`receive ${count} messages of ${topicStart}`, () => {
      const messages = this.messages.filter(({ topic }) => topic.startsWith(topicStart))
      return messages.length < count ? undefined : messages.slice(0, count)
    })
  }

  async leave(): Promise<void> {
    this.#dialect.dismiss(this.program)
    await this.program.ended
  }

  async cut(): Promise<void> {
    this.program.signal('SIGKILL')
    await this.program.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]()
  }
}
