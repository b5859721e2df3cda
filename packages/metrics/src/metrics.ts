/** All metrics of one broker and its process, as a page. */
import type { BrokerStats } from '@godwit/broker'
import { brokerFamilies } from './broker-families.ts'
import type { Format, Page } from './exposition.ts'
import { gauge } from './family.ts'
import type { Family } from './family.ts'
import { ProcessFigures } from './process-figures.ts'

/** What metrics are made from. */
export interface MetricsOptions {
  /** How the broker stands: `() => broker.stats()`. Asked once for each page. */
  readonly stats: () => BrokerStats
  /** What `godwit_build_info` says. */
  readonly version?: string
}

/** The metrics. They cost nothing until `prepare` or the first page. */
export class Metrics implements Disposable {
  readonly #options: MetricsOptions
  #process: ProcessFigures | undefined

  constructor(options: MetricsOptions) {
    this.#options = options
  }

  /** Begins to watch the event loop and the garbage collector, and loads what pages need. */
  async prepare(): Promise<void> {
    this.#process ??= new ProcessFigures()
    await import('./exposition.ts')
  }

  /** The page for Prometheus. @throws what `stats` throws. */
  async page(format: Format = 'text'): Promise<Page> {
    const watched = (this.#process ??= new ProcessFigures())
    const { exposition } = await import('./exposition.ts')
    return exposition(this.#families(watched), format)
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#process?.[Symbol.dispose]()
    this.#process = undefined
  }

  #families(watched: ProcessFigures): readonly Family[] {
    const { stats, version = '' } = this.#options
    const info = { value: 1, labels: { version, node: process.versions.node } }
    return [
      gauge('godwit_build_info', 'The versions, as labels of the value 1.', info),
      ...brokerFamilies(stats()),
      ...watched.families(),
    ]
  }
}
