/**
 * The messages of an import. One that many wait for is to be one entry of the log, as it was; but
 * an entry says only that it is for whoever subscribed, so it must be found out whether those would
 * get it, each as it should be, and nobody else. If not, each gets an entry of its own.
 */
import { encodeEntry, encodeRetained } from '@godwit/broker/stored'
import type { Audience } from '@godwit/broker/stored'
import type { ImportBatch } from './import-batch.ts'
import type { PublishedContent } from './import-items.ts'
import type { ImportedSessions } from './imported-sessions.ts'
import { LineFault, shown } from './line-fields.ts'
import { packetOf } from './line-messages.ts'
import { Queues } from './queues.ts'
import type { QueueReceiver } from './queues.ts'

/** No session has this number: what is for it is for nobody new. */
const NOBODY = Number.MAX_SAFE_INTEGER

/** The messages of one import. */
export class ImportedMessages {
  readonly #batch: ImportBatch
  readonly #sessions: ImportedSessions
  readonly #topics = new Set<string>()
  #queues: Queues | undefined
  #wanted: Set<number> = new Set()
  /** The marks that are to be made, in ascending order. */
  #marks: readonly number[] = []
  #marked = 0
  #last = 0
  #taken = 0

  constructor(batch: ImportBatch, sessions: ImportedSessions) {
    this.#batch = batch
    this.#sessions = sessions
  }

  /** How many were wanted. */
  get size(): number {
    return this.#taken
  }

  /** How many are retained. */
  get retained(): number {
    return this.#topics.size
  }

  /** A Retained Message. @throws {LineFault} if its topic has one; {MqttError}; {StoreError} */
  async retain({ content, version, publisher, receivedAt }: PublishedContent): Promise<void> {
    const { topic } = content
    if (this.#topics.has(topic)) {
      throw new LineFault(`there are two retained messages of the topic ${shown(topic)}`)
    }
    this.#topics.add(topic)
    const packet = packetOf(content, version)
    const value = encodeRetained({ receivedAt, publisher, version, packet })
    await this.#batch.record({ table: 'retained', key: topic, value })
  }

  /**
   * A message. All sessions, subscriptions and queues were there before.
   * @throws {LineFault} if it is not in order; {MqttError}; {StoreError}
   */
  async take(id: number, message: PublishedContent): Promise<void> {
    this.#begin()
    if (id <= this.#last) {
      throw new LineFault(`expected messages by rising ids, got ${id} behind ${this.#last}`)
    }
    this.#last = id
    this.#markUpTo(id)
    if (!this.#wanted.delete(id)) return
    this.#taken++
    const { topic, qos } = message.content
    const receivers = this.#sessions.takeReceivers(id)
    if (qos === 0 && receivers.length > 0) {
      throw new LineFault(`the message ${id} has QoS 0, and such a message does not wait`)
    }
    const packet = packetOf(message.content, message.version)
    const found = this.#sessions.isInFlight(id) ? id : undefined
    for (const audience of this.#audiences(id, message, receivers)) {
      const bytes = encodeEntry({ ...message, audience, packet })
      await this.#batch.append({ topic, bytes }, found)
    }
  }

  /** There are no more. @throws {LineFault} if one is missing; {StoreError} */
  async finish(): Promise<void> {
    this.#begin()
    const [missing] = this.#wanted
    if (missing !== undefined) {
      throw new LineFault(`expected the message ${missing}, which a queue names, got the end`)
    }
    this.#markUpTo(Infinity)
    await this.#batch.commit()
  }

  #begin(): void {
    if (this.#queues !== undefined) return
    this.#queues = new Queues(this.#sessions.holders(), 1)
    this.#wanted = new Set(this.#sessions.wanted())
    this.#marks = [...this.#sessions.marks()].toSorted((one, other) => one - other)
  }

  #markUpTo(id: number): void {
    for (;;) {
      const mark = this.#marks[this.#marked]
      if (mark === undefined || mark > id) return
      this.#batch.mark(mark)
      this.#marked++
    }
  }

  #audiences(
    id: number,
    { content, publisher }: PublishedContent,
    receivers: readonly QueueReceiver[],
  ): readonly Audience[] {
    const chosen = receivers.flatMap(({ holder, terms }) =>
      terms.share === undefined ? [] : [{ filter: terms.share, number: holder.number }],
    )
    const shared: Audience = { type: 'subscribers', chosen }
    const { topic, qos, retain } = content
    const message = { place: id, topic, qos, retain, publisher, audience: shared }
    const found = this.#queues?.receiversOf(message) ?? []
    if (keyOf(found) === keyOf(receivers)) return [shared]
    return receivers.length === 0 ? [NOBODYS] : receivers.map(own)
  }
}

const NOBODYS: Audience = {
  type: 'session',
  number: NOBODY,
  qos: 1,
  retain: false,
  subscriptionIdentifiers: undefined,
}

function own({ holder, terms }: QueueReceiver): Audience {
  const { qos, retain, subscriptionIdentifiers } = terms
  return { type: 'session', number: holder.number, qos, retain, subscriptionIdentifiers }
}

/** The same for the same receivers with the same terms. */
function keyOf(receivers: readonly QueueReceiver[]): string {
  const keys = receivers.map(({ holder, terms }) => {
    const { qos, retain, subscriptionIdentifiers = [], share = '' } = terms
    return JSON.stringify([holder.number, share, qos, retain, subscriptionIdentifiers])
  })
  return keys.toSorted().join()
}
