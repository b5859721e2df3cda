/** `npm run crash`: kills the broker under load, and counts what it had acknowledged. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { runCampaign } from './campaign.ts'
import type { Severity } from './plan.ts'
import { godwitTemplate, parseTemplate } from './server/broker-command.ts'
import type { Durability, Template } from './server/broker-command.ts'
import { hasStrace, runTraced, TRACED_REQUESTS } from './strace/traced-run.ts'

interface Flags {
  readonly rounds: number
  readonly seed?: number
  readonly durability: Durability
  readonly kills: boolean
  readonly keep?: boolean
  readonly broker?: string
  readonly strace?: boolean
}

const program = new Command('npm run crash --')
  .description('Kills the broker under load, again and again, and counts what it had acknowledged.')
  .option('--rounds <number>', 'how many rounds', wholeNumber, 10)
  .option(
    '--seed <number>',
    'the same seed plans the same rounds (default: another each time)',
    wholeNumber,
  )
  .addOption(
    new Option('--durability <mode>', 'how the broker keeps things')
      .choices(['fsync', 'os', 'memory'])
      .default('fsync', 'fsync'),
  )
  .option('--no-kills', 'let the broker live, to try the oracles')
  .option('--keep', 'keep all directories, not only those of rounds with violations')
  .option('--broker <command>', 'another broker; {port}, {data} and {mosquitto} are filled in')
  .option('--strace', 'look when exactly the broker syncs, instead of killing it')
  .allowExcessArguments(false)

const SEEDS = 1_000_000
const SEVERITY: Severity = { strikesMax: 5, strikeMsMax: 2_000, calmMs: 1_500 }
const PATIENCE = { idleMs: 1_000, giveUpMs: 10_000, limitMs: 30_000 }

try {
  const flags = program.parse().opts<Flags>()
  process.exitCode = await (flags.strace === true ? trace(flags) : crash(flags))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function crash(flags: Flags): Promise<number> {
  const { rounds, kills, keep = false } = flags
  const { seed = Math.floor(Math.random() * SEEDS) } = flags
  console.log(`seed ${seed}`)
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
  const order = {
    rounds,
    seed,
    template: templateOf(flags),
    severity: kills ? SEVERITY : { ...SEVERITY, strikesMax: 0 },
    patience: PATIENCE,
    keep,
    print: (line: string) => console.log(line),
  }
  const result = await runCampaign(order, controller.signal)
  return result.isClean && !controller.signal.aborted ? 0 : 1
}

async function trace(flags: Flags): Promise<number> {
  if (!hasStrace()) throw new Error('There is no strace that works: apt-get install strace')
  const { published, subscribed } = await runTraced(templateOf(flags))
  const counts = { PUBACK: published.synced, SUBACK: subscribed.synced }
  for (const [name, synced] of Object.entries(counts)) {
    console.log(`${name} behind a sync: ${synced} of ${TRACED_REQUESTS}`)
  }
  return Object.values(counts).every((synced) => synced === TRACED_REQUESTS) ? 0 : 1
}

function templateOf({ broker, durability }: Flags): Template {
  return broker === undefined ? godwitTemplate(durability) : parseTemplate(broker)
}

function wholeNumber(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('Say a whole number from 1 on.')
}
