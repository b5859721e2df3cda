/** Records what a client is sent: messages as they come, and what happens to its connection. */
import type { Client, ConnectionStatus, Message, MessageProperties } from '@godwit/client'
import type { Clock } from '@godwit/transport'
import { deferred } from '../deferred.ts'
import type { Deferred } from '../deferred.ts'
import { choose } from '../receiving/selection.ts'
import type { SelectionFlags } from '../receiving/selection.ts'
import type { ServerBrake } from '../receiving/server-brake.ts'
import type { RecordedEvent, RecordingHeader } from './recording-line.ts'
import type { RecordingWriter } from './recording-writer.ts'

/** What a recorder is made of. */
export interface RecorderParts {
  readonly writer: RecordingWriter
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
  /** What the header says of the messages. */
  readonly origin: Pick<RecordingHeader, 'filters' | 'server'>
  /** Holds the server back while the file is slow. */
  readonly brake: Pick<ServerBrake, 'until'>
  readonly flags: SelectionFlags
  /** How many messages to record; any number if absent. */
  readonly count?: number
}

/** Writes down one client's messages. */
export class Recorder {
  readonly #parts: RecorderParts
  /** When the header was written: with the first thing to record. */
  #begunAt: number | undefined
  readonly #over: Deferred<void> = deferred()
  #messages = 0
  #isOver = false

  constructor(parts: RecorderParts) {
    this.#parts = parts
  }

  /** How many messages were recorded. */
  get messages(): number {
    return this.#messages
  }

  /** How long it has been recording. */
  get elapsedMs(): number {
    return this.#begunAt === undefined ? 0 : this.#parts.clock.now() - this.#begunAt
  }

  /** Resolves when no more messages are wanted; rejects when one cannot be written. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** Records a message, unless the flags leave it out. It is acknowledged when it was written. */
  take(message: Message): void {
    if (this.#isOver) return
    const choice = choose(message, this.#parts.flags)
    if (choice === 'end') this.#end()
    else if (choice === 'print') this.#record(message)
    else message.acknowledge()
  }

  /** Records the changes of a status until there are no more. */
  async watch(client: Client, signal: AbortSignal): Promise<void> {
    let wasConnected = false
    for await (const status of client.statusChanges({ signal })) {
      const isConnected = status.state === 'connected'
      if (isConnected === wasConnected) continue
      wasConnected = isConnected
      if (!this.#isOver && status.state !== 'closed') this.#note(eventOf(status))
    }
  }

  /** Resolves when what was taken was written, and acknowledged. */
  async settled(): Promise<void> {
    this.#isOver = true
    await this.#parts.writer.settled()
  }

  /** Records the end, if there was a beginning. @throws {CliError} for what cannot be written */
  async finish(): Promise<void> {
    this.#isOver = true
    if (this.#begunAt !== undefined) {
      this.#note({ event: 'end', details: { messages: this.#messages } })
    }
    await this.#parts.writer.finish()
  }

  #record(message: Message): void {
    const { writer, brake, count } = this.#parts
    const { topic, payload, qos, retain } = message
    const properties = publishersOwn(message)
    const ms = this.#time()
    const written = writer.write({ kind: 'message', ms, topic, payload, qos, retain, properties })
    written.then(
      () => message.acknowledge(),
      (error: unknown) => this.#over.reject(error),
    )
    if (writer.isFull) void brake.until(written.catch(() => {}))
    this.#messages++
    if (this.#messages === count) this.#end()
  }

  #note({ event, details }: Pick<RecordedEvent, 'event' | 'details'>): void {
    const written = this.#parts.writer.write({ kind: 'event', ms: this.#time(), event, details })
    written.catch((error: unknown) => this.#over.reject(error))
  }

  /** Milliseconds since the header, which comes first. */
  #time(): number {
    if (this.#begunAt === undefined) {
      const { clock, timeOfDay, writer, origin } = this.#parts
      this.#begunAt = clock.now()
      const header = writer.write({ kind: 'header', begunMs: timeOfDay(), ...origin })
      header.catch((error: unknown) => this.#over.reject(error))
    }
    return this.elapsedMs
  }

  #end(): void {
    this.#isOver = true
    this.#over.resolve()
  }
}

function eventOf(status: ConnectionStatus): Pick<RecordedEvent, 'event' | 'details'> {
  if (status.state === 'connected') {
    const { sessionPresent } = status
    return { event: 'connected', details: { sessionPresent } }
  }
  const cause = status.state === 'waiting' ? { cause: status.cause.message } : {}
  return { event: 'connection lost', details: cause }
}

/** Without what was between this client and its server alone. */
function publishersOwn({ properties }: Message): MessageProperties {
  const { subscriptionIdentifier: _, topicAlias: _alias, ...others } = properties
  return others
}
