/**
 * A broker that runs as its configuration says, then as the next one does: all of it or nothing.
 * What can fail is tried before anything is changed.
 *
 *     read files -> make listeners -> open and shut -> limits, guards -> ask about what was granted
 *     |---- may fail, and nothing has happened ----|
 */
import { setImmediate } from 'node:timers/promises'
import { explain } from '@godwit/auth'
import type { Explanation } from '@godwit/auth'
import type { Action, Broker, ClientInfo } from '@godwit/broker'
import type { Configuration } from '../configuration/configuration.ts'
import { planOf } from '../configuration/plan.ts'
import type { Change } from '../configuration/plan.ts'
import { accessesOf, Doors } from './access.ts'
import type { AccessReports } from './access.ts'
import { intendedBy } from './gateways.ts'
import type { Gateways, Intended } from './gateways.ts'
import type { GatewayReports } from './gateway.ts'
import { lossesOf } from './losses.ts'
import type { Loss } from './losses.ts'

/** Who hears of what goes on at the doors. */
export interface Reports {
  readonly access: AccessReports
  readonly gateway: GatewayReports
}

/** A configuration with all that it takes to run it. */
export interface Prepared {
  readonly configuration: Configuration
  readonly doors: Doors
  readonly intended: readonly Intended[]
}

/** Reads the files that a configuration names. @throws {Error} a sentence for what is wrong. */
export async function prepare(configuration: Configuration, reports: Reports): Promise<Prepared> {
  const doors = new Doors(await accessesOf(configuration, reports.access))
  return { configuration, doors, intended: await intendedBy(configuration, reports.gateway) }
}

/** A broker and the configuration that it runs by. */
export class Running {
  readonly #broker: Broker
  readonly #gateways: Gateways
  readonly #reports: Reports
  readonly #doors: Doors
  #configuration: Configuration

  constructor(broker: Broker, gateways: Gateways, prepared: Prepared, reports: Reports) {
    this.#broker = broker
    this.#gateways = gateways
    this.#reports = reports
    this.#doors = prepared.doors
    this.#configuration = prepared.configuration
  }

  /** As it was last changed to; what takes a restart is in it, and does not hold. */
  get configuration(): Configuration {
    return this.#configuration
  }

  /** Where it listens, by the name of the listener. */
  get places(): ReadonlyMap<string, string> {
    return this.#gateways.places
  }

  /**
   * Runs by another configuration from here on; what has changed. Who keeps the right to stay,
   * stays. @throws {Error} a sentence, and nothing has changed.
   */
  async change(next: Configuration): Promise<readonly Change[]> {
    const { doors, intended } = await prepare(next, this.#reports)
    const changes = planOf(this.#configuration, next)
    await this.#gateways.change(intended)
    this.#broker.limit(next.limits)
    this.#configuration = next
    this.#doors.change(doors.accesses)
    await this.#broker.guard(this.#doors.guards)
    return changes
  }

  /** What connected clients would lose. @throws {Error} a sentence, if it could not be run. */
  async losses(next: Configuration): Promise<readonly Loss[]> {
    const { doors } = await prepare(next, this.#reports)
    return lossesOf(this.#broker.inspection, doors.guards, () => setImmediate())
  }

  /** What the rules say. */
  explain(action: Action, client: ClientInfo): Promise<Explanation> {
    return explain(this.#doors.of(client.listener), action, client)
  }
}
