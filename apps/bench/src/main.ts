/** `npm run bench -- codec | topic | broker | client | store`: our figures beside the peers'. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { benchBroker } from './broker-bench.ts'
import { SCENARIOS } from './broker/scenarios.ts'
import { benchClient } from './client-bench.ts'
import { CLIENT_SCENARIOS } from './client/scenarios.ts'
import { benchCodec } from './codec-bench.ts'
import { untilInterrupted } from './interruption.ts'
import type { Pace } from './interleave.ts'
import { requireLoader } from './loader.ts'
import { printReport } from './printing.ts'
import { type Report, writeReport } from './report.ts'
import { benchStore } from './store-bench.ts'
import { REDUCED, WHOLE } from './store/scale.ts'
import { STORE_SCENARIOS } from './store/scenarios.ts'
import { benchTopic } from './topic-bench.ts'

interface SharedFlags {
  readonly rounds?: number
  readonly quick?: boolean
  readonly json?: string
}

interface TopicFlags extends SharedFlags {
  readonly million?: boolean
}

interface BrokerFlags extends SharedFlags {
  readonly loader?: string
  readonly only?: readonly string[]
}

interface ClientFlags extends SharedFlags {
  readonly only?: readonly string[]
}

/** Fewer say little about the spread. */
const ROUNDS_MIN = 5
const ROUNDS = 7

const program = new Command('npm run bench --')
  .description('Measures Godwit beside its peers, in the same run, in turns.')
  .helpCommand(false)

command('codec', 'decoding and encoding, beside mqtt-packet').action(async (flags: SharedFlags) =>
  conclude(benchCodec(paceOf(flags)), flags),
)

command('topic', 'matching topics, beside qlobber')
  .option('--million', 'measure a million filters, too')
  .action(async (flags: TopicFlags) => {
    const sizes = [10_000, 100_000, ...(flags.million === true ? [1_000_000] : [])]
    await conclude(benchTopic(paceOf(flags), sizes), flags)
  })

command('broker', 'brokers under load, beside mosquitto and aedes')
  .addOption(new Option('--loader <path>', 'the load generator mqtt-load').env('MQTT_LOAD'))
  .addOption(
    new Option('--only <scenario...>', 'not all scenarios').choices(
      SCENARIOS.map(({ name }) => name),
    ),
  )
  .action(async (flags: BrokerFlags) => {
    const { rounds = ROUNDS_MIN, quick = false, only = [] } = flags
    const options = { rounds, only, durationS: quick ? 0.3 : 0.8 }
    const loader = requireLoader(flags.loader)
    const report = await untilInterrupted((signal) => benchBroker({ ...options, loader }, signal))
    await conclude(report, flags)
  })

command('client', 'our client, beside MQTT.js')
  .addOption(
    new Option('--only <scenario...>', 'not all scenarios').choices(
      CLIENT_SCENARIOS.map(({ name }) => name),
    ),
  )
  .action(async (flags: ClientFlags) => {
    const { rounds = ROUNDS_MIN, quick = false, only = [] } = flags
    const options = { rounds, only, durationMs: quick ? 500 : 1_500 }
    const report = await untilInterrupted((signal) => benchClient(options, signal))
    await conclude(report, flags)
  })

command('store', 'what durability costs, beside mosquitto')
  .addOption(new Option('--loader <path>', 'the load generator mqtt-load').env('MQTT_LOAD'))
  .addOption(
    new Option('--only <scenario...>', 'not all scenarios').choices(
      STORE_SCENARIOS.map(({ name }) => name),
    ),
  )
  .action(async (flags: BrokerFlags) => {
    const { rounds = ROUNDS_MIN, quick = false, only = [] } = flags
    const options = { rounds, only, scale: quick ? REDUCED : WHOLE }
    const loader = requireLoader(flags.loader)
    const report = await untilInterrupted((signal) => benchStore({ ...options, loader }, signal))
    await conclude(report, flags)
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--rounds <number>', `how often each side has its turn, at least ${ROUNDS_MIN}`, rounds)
    .option('--quick', 'shorter turns: less certain figures')
    .option('--json <file>', 'write everything that was measured to a file')
    .allowExcessArguments(false)
}

function rounds(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= ROUNDS_MIN) return count
  throw new InvalidArgumentError(`A median wants ${ROUNDS_MIN} rounds or more.`)
}

function paceOf({ rounds, quick = false }: SharedFlags): Pace {
  return quick
    ? { rounds: rounds ?? ROUNDS_MIN, sampleMs: 20 }
    : { rounds: rounds ?? ROUNDS, sampleMs: 100 }
}

/** A target that was missed is printed, and no failure: benchmarks are not tests. */
async function conclude(report: Report, { json }: SharedFlags): Promise<void> {
  printReport(report)
  if (json !== undefined) await writeReport(json, report)
}
