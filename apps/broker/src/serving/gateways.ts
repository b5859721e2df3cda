/**
 * All listeners of a configuration, and the way from those of one to those of the next: what stays
 * goes on listening, and gets other credentials; what goes, stops to accept, and its clients stay.
 */
import type { Broker } from '@godwit/broker'
import type { TlsCredentials } from '@godwit/transport/node'
import type { Configuration, ListenerConfiguration } from '../configuration/configuration.ts'
import { credentialsOf } from './credentials.ts'
import { Gateway } from './gateway.ts'
import type { GatewayReports } from './gateway.ts'

/** A listener that is to be, with what it encrypts with. */
export interface Intended {
  readonly gateway: Gateway
  readonly credentials: TlsCredentials | undefined
}

/** What opens and shuts listeners: a broker. */
export type Opener = Pick<Broker, 'open' | 'shut'>

/** Makes the listeners of a configuration. Nothing is opened. @throws {Error} a sentence. */
export async function intendedBy(
  { listeners, limits }: Configuration,
  reports: GatewayReports,
): Promise<readonly Intended[]> {
  const made: Intended[] = []
  for (const listener of listeners) {
    const credentials = await readCredentials(listener)
    const terms = { ...listener, limits: { ...limits, ...listener.limits } }
    try {
      made.push({ gateway: new Gateway(terms, credentials, reports), credentials })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`The listener ${listener.name} cannot be made: ${why}`, { cause })
    }
  }
  return made
}

/** The listeners that a broker has at present. */
export class Gateways {
  readonly #broker: Opener
  #open: readonly Gateway[]
  /** By name. */
  readonly #urls = new Map<string, string>()

  /** Those that the broker was made with. */
  constructor(broker: Opener, open: readonly Gateway[]) {
    this.#broker = broker
    this.#open = open
  }

  /** Where it listens, by name. */
  get places(): ReadonlyMap<string, string> {
    return this.#urls
  }

  /** The broker was started, and has opened them at these URLs. */
  started(urls: readonly string[]): void {
    for (const [at, { name }] of this.#open.entries()) this.#urls.set(name, urls[at] ?? '')
  }

  /**
   * Goes over to others. @throws {Error} a sentence, if one of them cannot be opened: then it is as
   * if nothing had been tried.
   */
  async change(intended: readonly Intended[]): Promise<void> {
    const staying = intended.map((one) => this.#likeness(one.gateway))
    const leaving = this.#open.filter((gateway) => !staying.includes(gateway))
    const coming = intended.filter((_, at) => staying[at] === undefined)
    await this.#exchange(
      leaving,
      coming.map(({ gateway }) => gateway),
    )
    for (const [at, { credentials }] of intended.entries()) {
      if (credentials !== undefined) staying[at]?.replace(credentials)
    }
    this.#open = intended.map(({ gateway }, at) => staying[at] ?? gateway)
    for (const { name } of leaving) {
      if (!this.#open.some((gateway) => gateway.name === name)) this.#urls.delete(name)
    }
  }

  async #exchange(leaving: readonly Gateway[], coming: readonly Gateway[]): Promise<void> {
    const shut: Gateway[] = []
    const opened: Gateway[] = []
    try {
      // First, for one may come to the port that another leaves.
      for (const gateway of leaving) {
        await this.#broker.shut(gateway.listener)
        shut.push(gateway)
      }
      for (const gateway of coming) {
        await this.#openOne(gateway)
        opened.push(gateway)
      }
    } catch (error) {
      for (const gateway of opened) await this.#broker.shut(gateway.listener)
      for (const gateway of shut) await this.#openOne(gateway)
      throw error
    }
  }

  async #openOne(gateway: Gateway): Promise<void> {
    this.#urls.set(gateway.name, await this.#broker.open(gateway.terms))
  }

  /** The one that is open and does not have to be closed to become like this. */
  #likeness(wanted: Gateway): Gateway | undefined {
    return this.#open.find((gateway) => gateway.likeness === wanted.likeness)
  }
}

async function readCredentials(
  listener: ListenerConfiguration,
): Promise<TlsCredentials | undefined> {
  return listener.tls === undefined ? undefined : credentialsOf(listener.tls)
}
