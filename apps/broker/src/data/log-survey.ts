/**
 * The first reading of the log for an export: who waits for what. Messages that somebody waits for,
 * or has in flight, get numbers; the others are left out.
 */
import { decodeEntry } from '@godwit/broker/stored'
import type { StoredEntry } from '@godwit/broker/stored'
import type { PublishFrame } from '@godwit/codec'
import type { Engine, LogEntry, Position } from '@godwit/store'
import { contentOf } from './line-messages.ts'
import { Queues } from './queues.ts'
import type { QueueHolder, QueueTerms } from './queues.ts'
import type { WholeSession } from './stored-state.ts'

/** A message that waits for a session. */
export interface WaitingMessage {
  /** Its number in the export. */
  readonly id: number
  readonly terms: QueueTerms
}

/** What the log has for whom. */
export class LogSurvey {
  readonly #ids = new Map<Position, number>()
  /** The positions that have numbers, in ascending order, for each shard. */
  readonly #numbered: Position[][]
  readonly #waiting = new Map<number, WaitingMessage[]>()

  private constructor(shards: number) {
    this.#numbered = Array.from({ length: shards }, () => [])
  }

  /** Reads the whole log. @throws {StoreError} {StoredFormatError} */
  static async over(engine: Engine, sessions: readonly WholeSession[]): Promise<LogSurvey> {
    const { shards } = engine.caps
    const survey = new LogSurvey(shards)
    const lasting = sessions.filter(({ session }) => session.expirySeconds > 0)
    const queues = new Queues(lasting, shards)
    const inFlight = new Set(lasting.flatMap((one) => one.inFlight.map(({ position }) => position)))
    for await (const batch of entriesOf(engine)) {
      for (const entry of batch) survey.#look(entry, queues, inFlight.has(entry.position))
    }
    return survey
  }

  /** The number of the message at a position; `undefined` if it is not exported. */
  idOf(position: Position): number | undefined {
    return this.#ids.get(position)
  }

  /** The number of the first message from these positions on; 1 if that is all of them. */
  idFrom(since: readonly Position[]): number {
    const first = this.#numbered.flatMap((positions, shard) => {
      const at = positions[firstAtLeast(since[shard] ?? 0, positions)]
      return at === undefined ? [] : (this.#ids.get(at) ?? [])
    })
    return first.length === 0 ? this.#ids.size + 1 : Math.min(...first)
  }

  /** What waits for the session of this number, oldest first. */
  waitingFor(number: number): readonly WaitingMessage[] {
    return this.#waiting.get(number) ?? []
  }

  #look({ position, bytes }: LogEntry, queues: Queues, isInFlight: boolean): void {
    const { publisher, audience, content } = messageIn(bytes)
    const { topic, qos, retain } = content
    const message = { place: position, topic, qos, retain, publisher, audience }
    const receivers = queues.receiversOf(message)
    if (receivers.length === 0 && !isInFlight) return
    const id = this.#ids.size + 1
    this.#ids.set(position, id)
    this.#numbered[position % this.#numbered.length]?.push(position)
    for (const { holder, terms } of receivers) this.#wait(holder, { id, terms })
  }

  #wait({ number }: QueueHolder, message: WaitingMessage): void {
    const others = this.#waiting.get(number)
    if (others === undefined) this.#waiting.set(number, [message])
    else others.push(message)
  }
}

/** An entry of the log with its packet read. @throws {StoredFormatError} {Error} */
export function messageIn(bytes: Uint8Array): StoredEntry & { readonly content: PublishFrame } {
  const entry = decodeEntry(bytes)
  return { ...entry, content: contentOf(entry.packet, entry.version) }
}

/** The whole log, shard by shard. @throws {StoreError} */
export async function* entriesOf({ log, caps }: Engine): AsyncGenerator<readonly LogEntry[]> {
  for (let shard = 0; shard < caps.shards; shard++) yield* log.scan(shard, 0)
}

/** The index of the first of ascending numbers that is not below a bound; their number if none. */
function firstAtLeast(bound: number, ascending: readonly number[]): number {
  let from = 0
  let to = ascending.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((ascending[middle] ?? bound) < bound) from = middle + 1
    else to = middle
  }
  return from
}
