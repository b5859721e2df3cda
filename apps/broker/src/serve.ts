/** Runs a broker from its settings until a signal ends it. */
import { Broker } from '@godwit/broker'
import type { Observers } from '@godwit/broker'
import type { Listener } from '@godwit/transport'
import { systemClock, TcpListener } from '@godwit/transport/node'
import { WebSocketListener } from '@godwit/transport-ws'
import type { Logger } from 'pino'
import { banner } from './banner.ts'
import type { Settings } from './command-line.ts'
import { loggingObservers, stderrLog } from './log.ts'
import { openStore } from './opening.ts'
import { Restoring } from './restoring.ts'
import { StoreFailure } from './store-failure.ts'
import { version } from './version.ts'

/** Clients that take nothing are cut off then; an operator is promised the end within 5 s. */
const CLOSE_TIMEOUT_MS = 3_000

/**
 * Starts the broker, prints its banner and one `listening` line for each listener, and resolves
 * when a signal, or a failure of the store, has closed it. @throws {Error} if it cannot listen, or
 * the store cannot be opened or read.
 */
export async function serve(settings: Settings): Promise<void> {
  const failure = new StoreFailure(CLOSE_TIMEOUT_MS)
  try {
    await run(settings, failure)
  } catch (error) {
    // What goes wrong after a failure of the store is part of it, and that was reported.
    if (!failure.isReported) throw error
  }
}

async function run(settings: Settings, failure: StoreFailure): Promise<void> {
  const log = stderrLog(settings.logLevel)
  await using engine = await openStore(settings.keeping, log)
  const restoring = new Restoring(log, () => systemClock.now())
  await using broker = new Broker({
    listeners: listenersOf(settings, log),
    clock: systemClock,
    limits: { closeTimeoutMs: CLOSE_TIMEOUT_MS },
    observers: observersOf(log, failure),
    version,
    ...(engine !== undefined && { store: { engine, timeOfDay: () => Date.now() } }),
    restoring: (progress) => restoring.progress(progress),
  })
  const signalled = firstSignal()
  const urls = await Promise.race([broker.start(), signalled.then(() => undefined)])
  if (urls === undefined) {
    log.info('closed before it was started')
    return
  }
  if (engine !== undefined) restoring.finish()
  print(banner(urls, settings.keeping) + urls.map((url) => `listening ${url}\n`).join(''))
  log.debug({ urls }, 'listening')
  log.info({ signal: await Promise.race([signalled, failure.happened]) }, 'closing')
  await broker.close()
  await engine?.close()
  log.info('closed')
}

function observersOf(log: Logger, failure: StoreFailure): Observers {
  const observers = loggingObservers(log)
  return {
    ...observers,
    failed: (error) => {
      observers.failed?.(error)
      failure.report(error)
    },
  }
}

function listenersOf({ host, port, wsPort }: Settings, log: Logger): Listener[] {
  const onError = (error: Error): void => log.error({ err: error }, 'accepting failed')
  const tcp = new TcpListener({ host, port, onError })
  if (wsPort === undefined) return [tcp]
  return [tcp, new WebSocketListener({ host, port: wsPort, onError })]
}

/** Prints to stdout. Whoever reads it may leave, as `head` does: the broker stays. */
function print(text: string): void {
  process.stdout.on('error', () => {})
  process.stdout.write(text)
}

/** Further signals change nothing: closing is bounded in time, and a shell may send two. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGINT', resolve)
    process.on('SIGTERM', resolve)
  })
}
