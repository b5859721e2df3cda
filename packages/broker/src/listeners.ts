/**
 * Where clients come from: the listeners of a broker, each with terms of its own. What a connection
 * is measured by is that of its listener; what outlives it, by that of the broker.
 */
import type { ProtocolVersion } from '@godwit/codec'
import type { Listener, Transport } from '@godwit/transport'
import { termsOf } from './capabilities.ts'
import type { Capabilities } from './capabilities.ts'
import { limitsWith } from './limits.ts'
import type { BrokerLimits } from './limits.ts'
import type { ListenerStats } from './stats.ts'
import type { Surroundings } from './surroundings.ts'

/** A listener, and what holds for those who come by it. */
export interface ListenerTerms {
  readonly listener: Listener
  /** For guards, logs and figures. */
  readonly name?: string
  /** The versions of MQTT that it lets in; all where left out. */
  readonly versions?: readonly ProtocolVersion[]
  /** What clients that come by it are not offered. */
  readonly capabilities?: Partial<Capabilities>
  /** What differs from the limits of the broker, as far as they are about one connection. */
  readonly limits?: Partial<BrokerLimits>
  /** How many connections it has at most; those beyond get CONNACK 0x88. */
  readonly connectionsMax?: number
}

/** The same, as a connection finds it. */
export interface Entry {
  readonly name: string | undefined
  readonly versions: readonly ProtocolVersion[]
  readonly connectionsMax?: number
  /** There is no place for the connection but to be told so. */
  readonly isFull?: boolean
  readonly figures: EntryFigures
}

/** The connections of a listener. */
interface EntryFigures {
  open: number
  accepted: number
}

/** The rooms of a broker, as they look to those who came by one listener. */
export interface EntrySurroundings extends Surroundings {
  readonly entry: Entry
}

/** Takes a connection in. */
export type Accept = (transport: Transport, surroundings: EntrySurroundings) => void

/** The listeners of a broker. */
export class Listeners {
  readonly #surroundings: Surroundings
  readonly #offered: Partial<Capabilities>
  readonly #accept: Accept
  readonly #open = new Map<Listener, Opened>()

  constructor(surroundings: Surroundings, offered: Partial<Capabilities>, accept: Accept) {
    this.#surroundings = surroundings
    this.#offered = offered
    this.#accept = accept
  }

  /** Opens one. @returns its URL. @throws what it throws; {RangeError} for a limit that is none. */
  async open(given: Listener | ListenerTerms): Promise<string> {
    const terms = 'listener' in given ? given : { listener: given }
    const { listener, name, versions = ALL_VERSIONS, connectionsMax } = terms
    const { limits, terms: offered } = this.#termsOf(terms)
    const figures = { open: 0, accepted: 0 }
    const entry = {
      name,
      versions,
      figures,
      ...(connectionsMax !== undefined && { connectionsMax }),
    }
    const surroundings = { ...this.#surroundings, limits, terms: offered, entry }
    this.#open.set(listener, { terms, surroundings })
    try {
      const { url } = await listener.listen((transport) => this.#accept(transport, surroundings))
      return url
    } catch (error) {
      this.#open.delete(listener)
      throw error
    }
  }

  /** How those that are open stand. */
  stats(): readonly ListenerStats[] {
    return [...this.#open.values()].map(({ surroundings: { entry } }) => ({
      ...(entry.name !== undefined && { name: entry.name }),
      connections: entry.figures.open,
      connectionsAccepted: entry.figures.accepted,
    }))
  }

  /** Stops to accept there; the connections that came by it stay. */
  async close(listener: Listener): Promise<void> {
    this.#open.delete(listener)
    await listener.close()
  }

  /** The same for all. What went wrong is among the results. */
  closeAll(): Promise<readonly PromiseSettledResult<void>[]> {
    return Promise.allSettled([...this.#open.keys()].map((listener) => this.close(listener)))
  }

  /** The limits of the broker have changed: those who come from here on are measured by them. */
  limitsChanged(): void {
    for (const { terms, surroundings } of this.#open.values()) {
      const changed = this.#termsOf(terms)
      Object.assign(surroundings.limits, changed.limits)
      Object.assign(surroundings.terms, changed.terms)
    }
  }

  #termsOf({
    limits: chosen,
    capabilities,
  }: ListenerTerms): Pick<Surroundings, 'limits' | 'terms'> {
    const limits = limitsWith({ ...this.#surroundings.limits, ...chosen })
    return { limits, terms: termsOf(limits, { ...this.#offered, ...capabilities }) }
  }
}

interface Opened {
  readonly terms: ListenerTerms
  readonly surroundings: EntrySurroundings
}

const ALL_VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]
