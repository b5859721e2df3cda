/** A session that was read from the store, until all that belongs to it was read too. */
import { matches } from '@godwit/topic'
import type { Position } from '@godwit/store'
import { Delivery } from './delivery.ts'
import type { Durability } from './durability.ts'
import { JournalEntry } from './journal-entry.ts'
import type { Keeping } from './keeping.ts'
import { RouteGathering } from './route-gathering.ts'
import { routeOf } from './route.ts'
import type { HeldSubscription, RouteTerms } from './route.ts'
import type { BrokerSession } from './session.ts'
import type {
  StoredExchange,
  StoredProgress,
  StoredSession,
  StoredSubscription,
} from './stored/index.ts'

/** One of them. */
export class RestoredSession {
  readonly stored: StoredSession
  readonly session: BrokerSession
  readonly keeping: Keeping
  /** Whether it outlives a connection, or is to end and has something to leave to others. */
  #durability: Durability | undefined
  #exchanges: readonly StoredExchange[] = []
  /** For each shard, from which position on all its subscriptions are valid. */
  readonly #newest: Position[] = []

  constructor(stored: StoredSession, session: BrokerSession, keeping: Keeping) {
    this.stored = stored
    this.session = session
    this.keeping = keeping
    session.restore(keeping)
  }

  /** Its messages in the log that were sent. */
  get exchanges(): readonly StoredExchange[] {
    return this.#exchanges
  }

  /** One of its subscriptions was read. */
  subscribed(stored: StoredSubscription): void {
    const { since, replaying, ...held } = stored
    this.keeping.restoredSubscription(stored)
    this.session.restoreSubscription(held, replaying)
    for (const [shard, position] of since.entries()) {
      this.#newest[shard] = Math.max(this.#newest[shard] ?? 0, position)
    }
  }

  /** How far it had come was read. */
  progressed(progress: StoredProgress): void {
    this.#durability = this.session.restoreDurability(this.keeping)
    this.#durability?.restored(progress)
    this.#exchanges = progress.inFlight
  }

  /** Whether it has never taken what is at this position. */
  isAhead(position: Position): boolean {
    return this.#durability?.isAhead(position) ?? false
  }

  /** Whether all its subscriptions were valid at this position. */
  isCurrent(position: Position, shards: number): boolean {
    return position >= (this.#newest[position % shards] ?? 0)
  }

  /** On what terms it gets a message by those of its subscriptions that were valid then. */
  termsAt(position: Position, topic: string, isOwn: boolean): RouteTerms | undefined {
    const gathering = new RouteGathering()
    const { session } = this
    for (const held of session.subscriptions) {
      if (!isMatch(held, topic) || !this.keeping.isSince(held.filter, position)) continue
      gathering.add(new Map([[session, routeOf(session, held)]]))
    }
    const route = gathering.finish()[0]
    return isOwn ? route?.ownTerms : route?.terms
  }

  /** All was read: what was sent and not acknowledged, if its message is in the log, is resumed. */
  resume(isThere: (position: Position) => boolean): void {
    const { sender } = this.session
    for (const { packetId, qos, position, released, retain, ...rest } of this.#exchanges) {
      const { subscriptionIdentifiers } = rest
      const found = isThere(position)
      // Else it was acknowledged, and its page released, before that could be noted.
      if (!found && !released) continue
      const terms = { qos, retainAsPublished: false, subscriptionIdentifiers, share: undefined }
      const entry = found ? JournalEntry.at(position) : undefined
      sender.restore(
        packetId,
        qos,
        new Delivery(undefined, { terms, qos, retain }, entry),
        released,
      )
    }
  }
}

function isMatch({ filter }: HeldSubscription, topic: string): boolean {
  return !filter.startsWith('$share/') && matches(filter, topic)
}
