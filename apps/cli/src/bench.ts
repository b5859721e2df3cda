/** `godwit bench`: load for a server, and how it bears it. */
import { randomBytes } from 'node:crypto'
import { Argument, Command } from 'commander'
import type { QoS } from '@godwit/codec'
import { systemClock } from '@godwit/transport/node'
import type { BenchResult } from './bench/bench-result.ts'
import { BenchRun } from './bench/bench-run.ts'
import type { BenchKind, BenchSettings } from './bench/bench-settings.ts'
import { topicFilterPattern, topicNamePattern } from './bench/bench-topics.ts'
import { progressBar } from './bench/bench-progress.ts'
import { summaryText } from './bench/bench-summary.ts'
import { MARK_BYTES } from './bench/marks.ts'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { CliError, misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { qos, realNumber, wholeNumber } from './flags/flag-values.ts'
import { untilInterrupted } from './interrupt.ts'
import { duration } from './recording/duration.ts'
import { terminalOf } from './terminal.ts'

/** The command. */
export function benchCommand(): Command {
  const command = new Command('bench')
    .summary('measure how a server bears a load')
    .description(DESCRIPTION)
    .addArgument(
      new Argument('<kind>', 'publishing, receiving, or the way between them').choices([
        'pub',
        'sub',
        'latency',
      ]),
    )
  addLoadFlags(command)
  addEndFlags(command)
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit bench pub --clients 10 --qos 1', 'as much as a server acknowledges in 10 s'],
    ['godwit bench pub --rate 5000 --size 1000 --duration 1m', 'a steady load'],
    ["godwit bench sub --clients 3 -t 'site/#' --json", 'how much arrives of what is there'],
    ['godwit bench latency --rate 1000 --clients 5', 'how long messages are on their way'],
    ["godwit bench latency -t 'load/%c/%n' -q 2 --count 10000", 'a topic for each message'],
  ])
  return command.action(bench)
}

function addLoadFlags(command: Command): void {
  command.optionsGroup('Load:')
  addFlag(command, '--clients <number>', 'how many publish or subscribe (default: 1)', {
    parse: wholeNumber(1, 100_000),
  })
  const rate = 'messages of all together; 0 is all that they can (default: 0, for latency 100)'
  addFlag(command, '--rate <per second>', rate, { parse: realNumber(0, 10_000_000) })
  addFlag(command, '--size <bytes>', 'of a payload (default: 64)', {
    parse: wholeNumber(0, 268_000_000),
  })
  addFlag(command, '-q, --qos <qos>', '0, 1 or 2 (default: 0)', { parse: qos })
  addFlag(command, '-r, --retain', 'have the messages retained')
  addFlag(command, '-t, --topic <pattern>', TOPIC)
  addFlag(command, '-M, --max-in-flight <count>', 'of a client without a rate (default: 1000)', {
    parse: wholeNumber(1, 100_000),
  })
  addFlag(command, '--connect-rate <per second>', 'how many clients connect (default: 200)', {
    parse: realNumber(0.001, 100_000),
  })
}

function addEndFlags(command: Command): void {
  command.optionsGroup('How long, and what is shown:')
  addFlag(command, '-C, --count <number>', 'end after so many messages', {
    aliases: ['--number'],
    parse: wholeNumber(1, 1e12),
  })
  addFlag(command, '--duration <time>', 'end then at the latest: 30s, 5m (default: 10s)', {
    parse: duration,
  })
  addFlag(command, '--warm-up <time>', 'run so long before anything counts (default: 0)', {
    parse: duration,
  })
  addFlag(command, '--drain <time>', 'how long to wait for what is under way (default: 5s)', {
    parse: duration,
  })
  addFlag(command, '--json', 'the result as an object of JSON')
}

const DESCRIPTION = `Measures how a server bears a load, and always ends by itself.

pub      publishes, and measures how much is taken; above QoS 0 how fast it is acknowledged
sub      subscribes, and measures how much arrives of what others publish
latency  does both, and measures how long messages are on their way

With --rate every message is due at its own moment, and its latency counts from there: a server \
that stalls makes all messages late that were due meanwhile.`

const TOPIC =
  'where to: %c number of the client, %n of the message, %i Client Identifier, %r a random word ' +
  '(default: godwit/bench/%c, of sub godwit/bench/#, of latency godwit/bench/%r/%c)'

const TOPICS: Readonly<Record<BenchKind, string>> = {
  pub: 'godwit/bench/%c',
  sub: 'godwit/bench/#',
  latency: 'godwit/bench/%r/%c',
}

interface BenchFlags extends ConnectionFlags {
  readonly clients?: number
  readonly rate?: number
  readonly size?: number
  readonly qos?: QoS
  readonly retain?: boolean
  readonly topic?: string
  readonly maxInFlight?: number
  readonly connectRate?: number
  readonly count?: number
  readonly duration?: number
  readonly warmUp?: number
  readonly drain?: number
  readonly json?: boolean
}

async function bench(kind: BenchKind, flags: BenchFlags): Promise<void> {
  const connection = connectionOf(flags)
  const settings = settingsOf(kind, flags)
  const run = new BenchRun(settings, {
    connection,
    clock: systemClock,
    signal: untilInterrupted(),
    run: randomBytes(4).readUInt32LE(),
  })
  const watched = terminalOf(process.stderr).isTty && flags.quiet !== true
  const bar = watched ? progressBar(process.stderr, () => run.progress) : undefined
  try {
    await run.run()
  } catch (error) {
    // What was measured before it was broken off is worth telling.
    if (run.progress.messages > 0) tell(run.result, flags)
    throw error
  } finally {
    bar?.[Symbol.dispose]()
  }
  tell(run.result, flags)
  if (run.progress.messages === 0) throw new CliError('No message came through')
}

function tell(result: BenchResult, { json = false }: BenchFlags): void {
  const { colors } = terminalOf(process.stdout)
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : summaryText(result, colors))
}

/** What is of no use to subscribers. */
const FLAGS = {
  rate: '--rate',
  size: '--size',
  retain: '--retain',
  maxInFlight: '--max-in-flight',
} as const

function settingsOf(kind: BenchKind, flags: BenchFlags): BenchSettings {
  const size = flags.size ?? 64
  const [stray] = (['rate', 'size', 'retain', 'maxInFlight'] as const).filter(
    (flag) => flag in flags,
  )
  if (kind === 'sub' && stray !== undefined) {
    throw misuse(
      `${FLAGS[stray]} is for publishing, and bench sub publishes nothing`,
      'leave it out',
    )
  }
  if (kind === 'latency' && size < MARK_BYTES) {
    throw misuse(`a message of bench latency has at least ${MARK_BYTES} bytes`, 'give another size')
  }
  return {
    kind,
    clients: flags.clients ?? 1,
    rate: flags.rate ?? (kind === 'latency' ? 100 : 0),
    count: flags.count ?? Infinity,
    durationMs: flags.duration ?? 10_000,
    warmUpMs: flags.warmUp ?? 0,
    drainMs: flags.drain ?? 5_000,
    size,
    qos: flags.qos ?? 0,
    retain: flags.retain === true,
    topic: topicOf(kind, flags.topic),
    connectRate: flags.connectRate ?? 200,
    underWayMax: flags.maxInFlight ?? 1_000,
  }
}

function topicOf(kind: BenchKind, topic: string = TOPICS[kind]): string {
  try {
    return kind === 'sub' ? topicFilterPattern(topic) : topicNamePattern(topic)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw Object.assign(misuse(`--topic makes no topics: ${reason.replace(/\.$/, '')}`), { cause })
  }
}
