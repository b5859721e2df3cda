/** Puts the rooms of one broker together. */
import { termsOf } from './capabilities.ts'
import { Chores } from './chores.ts'
import { Deadlines } from './deadlines.ts'
import { Doorkeeper } from './doorkeeper.ts'
import { Guarding } from './guarding.ts'
import { Intake } from './intake.ts'
import { Journal } from './journal.ts'
import { limitsWith } from './limits.ts'
import { LocalCalls } from './local-calls.ts'
import { MemoryAccount } from './memory-account.ts'
import { contained } from './observers.ts'
import { Overload } from './overload.ts'
import { ratesWith } from './rate-limits.ts'
import type { BrokerOptions } from './broker-options.ts'
import { Retained } from './retained.ts'
import { RetainedKeeping } from './retained-keeping.ts'
import { Router } from './router.ts'
import { SlabPool } from './slab.ts'
import { Counters } from './stats.ts'
import { SubscriptionRelease } from './subscription-release.ts'
import type { Surroundings } from './surroundings.ts'
import { Taps } from './taps.ts'
import { Throttles } from './throttle.ts'
import { Turn } from './turn.ts'
import { QueuedBytes } from './waiting-messages.ts'

/** What all connections and sessions of a broker share. @throws {RangeError} for a bad limit. */
export function surroundingsOf(
  options: BrokerOptions,
  storeFailed: (error: unknown) => void,
): Surroundings {
  const { clock, guards = {}, shareStrategy, seed } = options
  const limits = limitsWith(options.limits)
  const observers = contained(options.observers ?? {})
  const fault = (error: unknown): void => observers.fault?.(error)
  const turn = new Turn(clock, fault)
  const counters = new Counters()
  const chores = new Chores(clock, turn, limits, fault)
  const deadlines = new Deadlines(clock, chores, fault)
  const router = new Router(limits, {
    ...(shareStrategy !== undefined && { shareStrategy }),
    ...(seed !== undefined && { seed }),
  })
  const retained = new Retained(limits, deadlines)
  const localCalls = new LocalCalls()
  const terms = termsOf(limits, options.capabilities)
  const journal = journalOf(options, { limits, turn, observers, storeFailed })
  if (journal !== undefined) retained.keeper = new RetainedKeeping(journal)
  const queued = new QueuedBytes()
  const counted = (): number => retained.bytes + queued.bytes + (journal?.pendingBytes ?? 0)
  const memory = new MemoryAccount(clock, chores, counted)
  const overload = overloadOf(options, { clock, chores, limits, memory, observers })
  const rates = ratesWith(options.rates)
  const intakeRooms = { router, retained, counters, localCalls, observers, journal }
  return {
    clock,
    limits,
    backlogPolicy: options.backlogPolicy ?? 'drop-oldest',
    terms,
    turn,
    slabs: new SlabPool(),
    router,
    retained,
    intake: new Intake(intakeRooms, terms.retainAvailable),
    guarding: new Guarding(guards, clock, limits.guardTimeoutMs, observers, counters),
    deadlines,
    chores,
    subscriptionRelease: new SubscriptionRelease(router, chores, turn),
    localCalls,
    counters,
    journal,
    observers,
    taps: new Taps(observers),
    rates,
    doorkeeper: new Doorkeeper(clock, rates, overload, counters),
    throttles: new Throttles(rates),
    overload,
    memory,
    queued,
  }
}

type OverloadSurroundings = Pick<
  Surroundings,
  'clock' | 'chores' | 'limits' | 'memory' | 'observers'
>

function overloadOf({ memoryBytesMax }: BrokerOptions, rooms: OverloadSurroundings): Overload {
  const { clock, chores, limits, memory, observers } = rooms
  return new Overload(clock, chores, {
    lagMsMax: () => limits.overloadLagMs,
    memoryShare: () => (memoryBytesMax === undefined ? 0 : memory.bytes / memoryBytesMax),
    changed: (level, cause) => observers.overload?.(level, cause),
  })
}

interface JournalSurroundings extends Pick<Surroundings, 'limits' | 'turn' | 'observers'> {
  readonly storeFailed: (error: unknown) => void
}

function journalOf(
  { store, clock }: BrokerOptions,
  { limits, turn, observers, storeFailed }: JournalSurroundings,
): Journal | undefined {
  if (store === undefined) return undefined
  const { journalBytesMax: bytesMax, logBytesMax } = limits
  const bounds = { bytesMax, logBytesMax, failed: storeFailed }
  const journal = new Journal({ ...store, clock, turn, observers, ...bounds })
  turn.commit = () => journal.flush()
  return journal
}
