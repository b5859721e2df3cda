/** What the admin API can do with this program: its broker, and what only the program knows. */
import { brokerBackend, Problem } from '@godwit/admin'
import type { AdminBackend, ChangeView, Proposal, TracesBackend, TraceView } from '@godwit/admin'
import type { Broker } from '@godwit/broker'
import { systemClock } from '@godwit/transport/node'
import type { Configuration } from '../configuration/configuration.ts'
import { planOf } from '../configuration/plan.ts'
import type { Change } from '../configuration/plan.ts'
import { LOG_LEVELS } from '../log-terms.ts'
import type { Log } from '../log-writer.ts'
import type { Watch, Watches } from '../tracing/watches.ts'
import { version } from '../version.ts'
import type { Running } from './running.ts'

/** The rooms of the program. */
export interface Program {
  readonly broker: Broker
  readonly running: Running
  readonly reload: () => Promise<readonly Change[]>
  readonly watches: Watches
  readonly log: Log
  /** Understands a configuration that is proposed. @throws {Error} what is wrong with it. */
  readonly understand: (proposal: Proposal) => Promise<Configuration>
}

/** Makes the backend of the admin API. */
export function backendOf(program: Program): AdminBackend {
  const { broker, running, reload, watches, log } = program
  const startedAt = systemClock.now()
  return brokerBackend({
    broker,
    version,
    listeners: () => [...running.places.values()],
    uptimeSeconds: () => Math.floor((systemClock.now() - startedAt) / 1000),
    explain: (action, client) => running.explain(action, client),
    traces: tracesOf(watches),
    reload: () => refusable(async () => changeView(await reload(), [])),
    plan: (proposal) => refusable(() => planned(proposal, program)),
    logLevel: {
      levels: LOG_LEVELS,
      get: () => ({ level: log.logger.level }),
      set: (level) => {
        const known = LOG_LEVELS.find((each) => each === level)
        if (known !== undefined) log.setLevel(known)
      },
    },
  })
}

async function planned(proposal: Proposal, program: Program): Promise<ChangeView> {
  const next = await program.understand(proposal)
  const losses = await program.running.losses(next)
  return changeView(planOf(program.running.configuration, next), losses)
}

function changeView(changes: readonly Change[], affected: ChangeView['affected']): ChangeView {
  const said = (applies: Change['applies']): readonly string[] =>
    changes.filter((change) => change.applies === applies).map(changeSentence)
  return { changes: said('reload'), restart: said('restart'), affected }
}

function changeSentence({ key, before, after, effect }: Change): string {
  const what =
    before === undefined
      ? `is set to ${after ?? 'something'}`
      : after === undefined
        ? `is no longer ${before}`
        : `changes from ${before} to ${after}`
  return `${key} ${what}${effect === undefined ? '' : `: ${effect}`}`
}

/** What is wrong with a configuration is said to whoever proposed it. */
async function refusable<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Problem) throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new Problem('refused', detail)
  }
}

function tracesOf(watches: Watches): TracesBackend {
  const view = (watch: Watch): TraceView => ({
    ...(watch.clientId === undefined
      ? { kind: 'topic', value: watch.topic ?? '#' }
      : { kind: 'client', value: watch.clientId }),
    expiresInSeconds: Math.max(0, Math.ceil((watch.endsAt - systemClock.now()) / 1000)),
  })
  return {
    list: async () => watches.list().map(view),
    start: (kind, value, seconds) =>
      refusable(async () => {
        const target = kind === 'client' ? { clientId: value } : { topic: value }
        return view(watches.start({ ...target, forMs: seconds * 1000 }))
      }),
    stop: async (kind, value) => {
      const found = watches
        .list()
        .find((watch) => (kind === 'client' ? watch.clientId : watch.topic) === value)
      return found !== undefined && watches.stop(found.id)
    },
  }
}
