/** What the broker of this program is made of. */
import { totalmem } from 'node:os'
import type { BrokerOptions, Observers, RateLimits, RestorationProgress } from '@godwit/broker'
import { AddressRanges, descriptorLimit, systemClock } from '@godwit/transport/node'
import type { Configuration } from '../configuration/configuration.ts'
import { loggingObservers } from '../log.ts'
import type { Watches } from '../tracing/watches.ts'
import { version } from '../version.ts'
import type { Prepared } from './running.ts'
import type { ServerSurroundings } from './server.ts'

/** Who has a part in it. */
export interface BrokerSurroundings extends ServerSurroundings {
  readonly watches: Watches
  /** The store has failed. */
  readonly failed: () => void
  readonly restoring: (progress: RestorationProgress) => void
}

/** The options of the broker. */
export function brokerOptionsOf(
  { configuration, doors, intended }: Prepared,
  surroundings: BrokerSurroundings,
): BrokerOptions {
  const { limits, rates, capabilities, backlogPolicy, shareStrategy, sys } = configuration
  const { engine, restoring } = surroundings
  const descriptorsMax = descriptorLimit()
  return {
    listeners: intended.map(({ gateway }) => gateway.terms),
    clock: systemClock,
    limits,
    rates: ratesOf(rates),
    ...(descriptorsMax !== undefined && { descriptorsMax }),
    memoryBytesMax: memoryBytesMax(),
    capabilities,
    backlogPolicy,
    shareStrategy,
    guards: doors.guards,
    observers: observersOf(surroundings),
    systemTopicsEveryMs: sys.everySeconds * 1000,
    version,
    restoring,
    ...(engine !== undefined && { store: { engine, timeOfDay: () => Date.now() } }),
  }
}

function observersOf({ log, repeats, watches, failure, failed }: BrokerSurroundings): Observers {
  const observers = loggingObservers(log.logger, repeats)
  return {
    ...observers,
    disconnected: (...event) => {
      observers.disconnected?.(...event)
      watches.observers.disconnected?.(...event)
    },
    dropped: (...event) => {
      observers.dropped?.(...event)
      watches.observers.dropped?.(...event)
    },
    failed: (error) => {
      failed()
      observers.failed?.(error)
      failure.report(error)
    },
  }
}

function ratesOf({ exempt, ...rates }: Configuration['rates']): RateLimits {
  if (exempt === undefined) return rates
  const ranges = new AddressRanges(exempt)
  return { ...rates, exempt: (address) => ranges.has(address) }
}

/** Messages may take two fifths of what there is: Node needs as much again, and others some. */
function memoryBytesMax(): number {
  const constrained = process.constrainedMemory()
  const there = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return Math.floor(there * 0.4)
}
