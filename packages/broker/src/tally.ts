/** What has become of the messages of one session: counted here, and for the broker as a whole. */
import type { ClientInfo } from './observers.ts'
import type { Counters, DropReason } from './stats.ts'
import type { Surroundings } from './surroundings.ts'

/** The counts of one session. */
export class Tally {
  /** Messages that its client published. */
  messagesIn = 0
  readonly #surroundings: Pick<Surroundings, 'counters' | 'observers'>
  readonly #owner: { readonly client: ClientInfo }
  #messagesOut = 0
  /** Apart from the other reasons, for it may be every message, and it costs 1 ns like this. */
  #missed = 0
  #dropped: Map<DropReason, number> | undefined
  /** The last one was dropped. */
  #isDropping = false

  constructor(
    surroundings: Pick<Surroundings, 'counters' | 'observers'>,
    owner: { readonly client: ClientInfo },
  ) {
    this.#surroundings = surroundings
    this.#owner = owner
  }

  /** How many messages its client was sent. */
  get messagesOut(): number {
    return this.#messagesOut
  }

  /** How many it was not sent, by reason; those that there were. */
  get messagesDropped(): Partial<Counters['messagesDropped']> {
    const dropped = Object.fromEntries(this.#dropped ?? [])
    return this.#missed === 0 ? dropped : { ...dropped, away: this.#missed }
  }

  /** A message was sent. */
  sent(): void {
    this.#messagesOut++
    this.#surroundings.counters.messagesOut++
    this.#isDropping = false
  }

  /** One of QoS 0 was not: its client is away. */
  missed(): void {
    this.#missed++
    this.#surroundings.counters.messagesDropped.away++
  }

  /** A message was not sent, for another reason. Observers hear of the first in a row. */
  dropped(reason: DropReason): void {
    const { counters, observers } = this.#surroundings
    counters.messagesDropped[reason]++
    this.#dropped ??= new Map()
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
    const isFirst = !this.#isDropping
    this.#isDropping = true
    if (isFirst) observers.dropped?.(this.#owner.client, reason)
  }
}
