/**
 * Round after round against one broker on one directory. After a violation the directory is kept as
 * it is, and the next round begins with an empty one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge } from './oracles/verdict.ts'
import { planRound } from './plan.ts'
import type { Severity } from './plan.ts'
import { Random } from './random.ts'
import { detailsOf, roundLine, summaryLines } from './report.ts'
import type { RoundReport } from './report.ts'
import { playRound } from './round.ts'
import type { Patience } from './round.ts'
import type { Template } from './server/broker-command.ts'
import { BrokerProcess } from './server/broker-process.ts'

/** What is to be done. */
export interface CampaignOrder {
  readonly rounds: number
  readonly seed: number
  readonly template: Template
  readonly severity: Severity
  readonly patience: Patience
  /** Whether directories stay even if nothing is wrong. */
  readonly keep: boolean
  readonly print: (line: string) => void
}

/** What came of it. */
export interface CampaignResult {
  readonly rounds: readonly RoundReport[]
  /** The directories that were kept. */
  readonly kept: readonly string[]
  /** Whether nothing was wrong. */
  readonly isClean: boolean
}

/** Plays all rounds, or as many as there is time for until the signal. */
export async function runCampaign(
  order: CampaignOrder,
  signal: AbortSignal = new AbortController().signal,
): Promise<CampaignResult> {
  const campaign = new Campaign(order)
  // A broker that is gone ends whatever waits for it.
  const interrupt = (): void => void campaign.interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    return await campaign.run(signal)
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}

class Campaign {
  readonly #order: CampaignOrder
  readonly #reports: RoundReport[] = []
  readonly #kept: string[] = []
  #broker: BrokerProcess | undefined

  constructor(order: CampaignOrder) {
    this.#order = order
  }

  async run(signal: AbortSignal): Promise<CampaignResult> {
    const { rounds, print } = this.#order
    for (let number = 1; number <= rounds && !signal.aborted; number++) {
      const report = await this.#round(number)
      // What an interrupted round came to says nothing.
      if (!signal.aborted) await this.#conclude(report)
    }
    const failed = await this.#retire(this.#order.keep)
    for (const line of [...failed, ...summaryLines(this.#reports, this.#kept)]) print(line)
    const isClean = this.#reports.every(({ verdict }) => verdict.violations.length === 0)
    return { rounds: this.#reports, kept: this.#kept, isClean: isClean && failed.length === 0 }
  }

  async interrupt(): Promise<void> {
    await this.#broker?.abandon()
  }

  async #round(number: number): Promise<RoundReport> {
    const { seed, severity, patience } = this.#order
    const random = new Random(seed + number)
    const plan = planRound(`c${number}`, severity, random)
    const startedAt = performance.now()
    const broker = await this.#ready()
    const history = await playRound(plan, broker, random, patience)
    const seconds = (performance.now() - startedAt) / 1_000
    return { number, verdict: judge(history), history, seconds }
  }

  async #conclude(report: RoundReport): Promise<void> {
    this.#reports.push(report)
    this.#order.print(roundLine(report))
    if (report.verdict.violations.length > 0) await this.#keepEvidence(report)
  }

  async #ready(): Promise<BrokerProcess> {
    if (this.#broker !== undefined) return this.#broker
    const directory = await mkdtemp(join(tmpdir(), 'godwit-crash-'))
    const broker = new BrokerProcess(this.#order.template, directory)
    this.#broker = broker
    try {
      await broker.spawn()
      await broker.listening()
      return broker
    } catch (error) {
      await broker.abandon()
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  }

  async #keepEvidence(report: RoundReport): Promise<void> {
    const details = detailsOf(report)
    const directory = this.#broker?.directory ?? tmpdir()
    await writeFile(join(directory, 'violations.txt'), `${details.all.join('\n')}\n`)
    for (const line of details.first) this.#order.print(line)
    await this.#retire(true)
  }

  /** Ends the broker in order, and removes its directory unless it is kept. */
  async #retire(keep: boolean): Promise<readonly string[]> {
    const broker = this.#broker
    this.#broker = undefined
    if (broker === undefined) return []
    const failed = await broker.end('SIGTERM').then(
      () => [],
      (error: unknown) => [String(error)],
    )
    if (keep || failed.length > 0) this.#kept.push(broker.directory)
    else await rm(broker.directory, { recursive: true, force: true })
    return failed
  }
}
