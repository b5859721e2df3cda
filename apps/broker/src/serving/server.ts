/** The broker with all that is around it in this program: its ports, its log, its reloads. */
import type { Proposal } from '@godwit/admin'
import { Broker } from '@godwit/broker'
import type { Dismissal } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { Metrics } from '@godwit/metrics'
import type { Health } from '@godwit/metrics'
import type { Engine } from '@godwit/store'
import { systemClock } from '@godwit/transport/node'
import { adviceFor, banner } from '../banner.ts'
import type { Configuration, StopConfiguration } from '../configuration/configuration.ts'
import { loadConfiguration } from '../configuration/loading.ts'
import type { LoadedConfiguration, Sources } from '../configuration/loading.ts'
import type { LogRepeats } from '../log-repeats.ts'
import type { Log } from '../log-writer.ts'
import { Restoring } from '../restoring.ts'
import type { StoreFailure } from '../store-failure.ts'
import { openTracing } from '../tracing/exporting.ts'
import type { Tracing } from '../tracing/exporting.ts'
import { Watches } from '../tracing/watches.ts'
import { version } from '../version.ts'
import { backendOf } from './backend.ts'
import { brokerOptionsOf } from './broker-options.ts'
import { Gateways } from './gateways.ts'
import { Operations } from './operations.ts'
import type { Asked } from './operations.ts'
import { Reloading } from './reloading.ts'
import { Running } from './running.ts'
import type { Prepared, Reports } from './running.ts'

/** What it is made with, and outlives it. */
export interface ServerSurroundings {
  readonly sources: Sources
  readonly log: Log
  readonly repeats: LogRepeats
  readonly failure: StoreFailure
  /** Open; none where nothing is kept. */
  readonly engine: Engine | undefined
  readonly reports: Reports
}

/** The program's broker. */
export class Server implements AsyncDisposable {
  readonly #surroundings: ServerSurroundings
  readonly #restoring: Restoring
  readonly #watches: Watches
  readonly #gateways: Gateways
  readonly #broker: Broker
  readonly #running: Running
  readonly #metrics: Metrics
  readonly #operations: Operations
  #tracing: Tracing | undefined
  #reloading: Reloading | undefined
  #phase: Health['phase'] = 'restoring'
  #storeHasFailed = false
  #isClosing = false

  constructor(prepared: Prepared, surroundings: ServerSurroundings) {
    const { log, reports } = surroundings
    this.#surroundings = surroundings
    this.#restoring = new Restoring(log.logger, () => systemClock.now())
    this.#watches = new Watches(log.logger, systemClock)
    this.#broker = new Broker(
      brokerOptionsOf(prepared, {
        ...surroundings,
        watches: this.#watches,
        failed: () => (this.#storeHasFailed = true),
        restoring: (progress) => this.#restoring.progress(progress),
      }),
    )
    this.#watches.attach(this.#broker)
    const gateways = prepared.intended.map(({ gateway }) => gateway)
    this.#gateways = new Gateways(this.#broker, gateways)
    this.#running = new Running(this.#broker, this.#gateways, prepared, reports)
    this.#metrics = new Metrics({ stats: () => this.#broker.stats(), version })
    this.#operations = new Operations({
      metrics: this.#metrics,
      health: () => this.#health(),
      backend: this.#backend(),
      log: log.logger,
    })
  }

  /** Opens everything; the banner. @throws {Error} a sentence. */
  async start(files: readonly string[]): Promise<string> {
    const { configuration } = this.#running
    await this.#trace(configuration)
    // Whoever looks after it may look while it reads its store.
    const { metrics } = configuration
    await this.#open(metrics === undefined ? {} : { metrics })
    const urls = await this.#broker.start()
    if (this.#surroundings.engine !== undefined) this.#restoring.finish()
    this.#gateways.started(urls)
    await this.#open(configuration)
    this.#reloading = this.#reloadingOf(files)
    this.#phase = 'running'
    this.#surroundings.log.logger.debug({ urls }, 'listening')
    const lines = urls.map((url) => `listening ${url}\n`)
    const advice = adviceFor(this.#surroundings.sources)
    const { places } = this.#operations
    return banner(this.#running.places, configuration, places, advice) + lines.join('')
  }

  /** As daemons do on SIGHUP: opens its log again, and reads its configuration again. */
  hangUp(): void {
    this.#surroundings.log.reopen()
    void this.#reloading?.reloadBecause('SIGHUP')
  }

  /** Says goodbye to everybody and closes everything. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#phase = 'closing'
    await this.#reloading?.end()
    await this.#broker.close(dismissalBy(this.#running.configuration.stop))
    this.#watches[Symbol.dispose]()
    await this.#tracing?.close()
    await this.#operations[Symbol.asyncDispose]()
    this.#metrics[Symbol.dispose]()
  }

  /** @see close */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Opens the ports for whoever looks after it. @throws {Error} a sentence. */
  async #open(asked: Asked): Promise<void> {
    const move = await this.#operations.prepare(asked)
    if (!this.#isClosing) {
      await move.commit()
      return
    }
    // Nobody would close them any more, and the process would never end.
    await move.cancel()
    throw new Error('The broker was closed while it started')
  }

  #backend(): ReturnType<typeof backendOf> {
    return backendOf({
      broker: this.#broker,
      running: this.#running,
      watches: this.#watches,
      log: this.#surroundings.log,
      reload: () => {
        if (this.#reloading === undefined) throw new Error('The broker has not started yet')
        return this.#reloading.reload()
      },
      understand: (proposal) => understood(proposal, this.#surroundings.sources),
    })
  }

  #reloadingOf(files: readonly string[]): Reloading {
    const { sources, log } = this.#surroundings
    return new Reloading(
      {
        load: () => loadConfiguration(sources),
        change: (loaded) => this.#change(loaded),
        log: log.logger,
      },
      files,
    )
  }

  async #change({ configuration }: LoadedConfiguration): ReturnType<Running['change']> {
    const move = await this.#operations.prepare(configuration)
    try {
      const changes = await this.#running.change(configuration)
      await move.commit()
      this.#surroundings.log.setLevel(configuration.log.level)
      return changes
    } catch (error) {
      await move.cancel()
      throw error
    }
  }

  async #trace({ tracing }: Configuration): Promise<void> {
    if (tracing === undefined) return
    this.#tracing = await openTracing({ ...tracing, version }, this.#surroundings.log.logger)
    this.#tracing.attach(this.#broker)
  }

  #health(): Health {
    const { overloadLevel } = this.#broker.stats()
    const refusesClients = overloadLevel === 3
    return { phase: this.#phase, storeHasFailed: this.#storeHasFailed, refusesClients }
  }
}

function dismissalBy({ reason, serverReference }: StopConfiguration): Dismissal {
  if (reason === 'shutting-down') {
    return { reasonCode: ReasonCode.ServerShuttingDown, cause: 'The server shuts down' }
  }
  return {
    reasonCode: ReasonCode.UseAnotherServer,
    cause: 'The server shuts down: use another one',
    ...(serverReference !== undefined && { serverReference }),
  }
}

async function understood(proposal: Proposal, sources: Sources): Promise<Configuration> {
  const { text, format } = proposal
  const loaded = await loadConfiguration({ ...sources, proposal: { text, format } })
  return loaded.configuration
}
