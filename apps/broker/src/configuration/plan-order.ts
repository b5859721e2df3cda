/** Carries out `godwit-broker plan NEW`: says what another configuration would change. */
import { askedPlan, askedPlanText } from './asked-plan.ts'
import type { AdminAccess } from './asked-plan.ts'
import { checkFiles } from './checking.ts'
import { ConfigurationError } from './fault.ts'
import { loadConfiguration } from './loading.ts'
import type { Sources } from './loading.ts'
import { planOf } from './plan.ts'
import type { Change } from './plan.ts'

/**
 * Compares the configuration that sources have with that of another file.
 * @throws {ConfigurationError} if either cannot be used.
 */
export async function planFor(sources: Sources, next: string): Promise<readonly Change[]> {
  const current = await loadConfiguration(sources)
  const other = await loadConfiguration({ ...sources, file: next })
  const { faults } = await checkFiles(other)
  if (faults.length > 0) throw new ConfigurationError(faults)
  return planOf(current.configuration, other.configuration)
}

/** The changes as a text for people. */
export function planText(changes: readonly Change[]): string {
  const restarts = changes.filter(({ applies }) => applies === 'restart').length
  const lines = [
    ...(changes.length === 0 ? ['Nothing changes.'] : changes.map(changeText)),
    ...(restarts > 0 ? [`${restarts} of ${changes.length} take a restart of the broker.`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function changeText({ key, before, after, applies, effect }: Change): string {
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~'
  const values = [before, after].filter((value) => value !== undefined).join(' -> ')
  const what = effect === undefined ? '' : `: ${effect}`
  return `${sign} ${key} ${values}  (${applies}${what})`
}

/** What `plan` is to do. */
export interface PlanTerms {
  readonly next: string
  readonly json: boolean
  /** Where a broker is that is to be asked; where left out, files are compared. */
  readonly admin?: AdminAccess
}

/** Compares, prints to stdout, and returns the exit code. @throws {Error} a sentence. */
export async function plan(sources: Sources, { next, json, admin }: PlanTerms): Promise<number> {
  if (admin === undefined) {
    const changes = await planFor(sources, next)
    print(json ? JSON.stringify({ changes }, null, 2) + '\n' : planText(changes))
  } else {
    const found = await askedPlan(next, admin)
    print(json ? JSON.stringify(found, null, 2) + '\n' : askedPlanText(found))
  }
  return 0
}

function print(text: string): void {
  process.stdout.write(text)
}
