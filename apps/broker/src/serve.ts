/** Runs a broker as its configuration says, until a signal ends it. */
import { systemClock } from '@godwit/transport/node'
import { loadConfiguration } from './configuration/loading.ts'
import type { LoadedConfiguration, Sources } from './configuration/loading.ts'
import { noticeText } from './configuration/notice.ts'
import { LogRepeats } from './log-repeats.ts'
import { openLog } from './log-writer.ts'
import { openStore } from './opening.ts'
import { reportsTo } from './serving/reports.ts'
import { prepare } from './serving/running.ts'
import { Server } from './serving/server.ts'
import { StoreFailure } from './store-failure.ts'

/**
 * Starts the broker, prints its banner and one `listening` line for each listener, and resolves
 * when a signal, or a failure of the store, has closed it. @throws {Error} for a configuration that
 * cannot be used, if it cannot listen, or the store cannot be opened or read.
 */
export async function serve(sources: Sources): Promise<void> {
  const loaded = await loadConfiguration(sources)
  const failure = new StoreFailure(loaded.configuration.stop.timeoutMs)
  try {
    await run(sources, loaded, failure)
  } catch (error) {
    // What goes wrong after a failure of the store is part of it, and that was reported.
    if (!failure.isReported) throw error
  }
}

async function run(
  sources: Sources,
  { configuration, notices, files }: LoadedConfiguration,
  failure: StoreFailure,
): Promise<void> {
  const signalled = firstSignal()
  using log = await openLog(configuration.log)
  const { logger } = log
  for (const notice of notices) logger.warn(noticeText(notice))
  const repeats = new LogRepeats(systemClock)
  const reports = reportsTo(logger, repeats)
  const prepared = await prepare(configuration, reports)
  await using engine = await openStore(configuration.keeping, logger)
  const surroundings = { sources, log, repeats, failure, engine, reports }
  await using server = new Server(prepared, surroundings)
  // Who rotates logs does not ask whether a broker has read its store yet.
  process.on('SIGHUP', () => server.hangUp())
  const banner = await Promise.race([server.start(files), signalled.then(() => undefined)])
  if (banner === undefined) {
    logger.info('closed before it was started')
    return
  }
  print(banner)
  logger.info({ signal: await Promise.race([signalled, failure.happened]) }, 'closing')
  await server.close()
  await engine?.close()
  logger.info('closed')
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
