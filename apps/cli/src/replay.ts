/** `godwit replay`: publishes what `godwit record` has written, at its times or faster. */
import { createReadStream } from 'node:fs'
import { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Client } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import { matches } from '@godwit/topic'
import { systemClock } from '@godwit/transport/node'
import { Pace } from './bench/pace.ts'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { visible } from './escaping.ts'
import { CliError, misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { collected, qos, realNumber, wholeNumber } from './flags/flag-values.ts'
import { untilInterrupted } from './interrupt.ts'
import { duration, durationText } from './recording/duration.ts'
import type { RecordedMessage } from './recording/recording-line.ts'
import { readRecording } from './recording/recording-reader.ts'
import type { PlacedLine, RecordedThing } from './recording/recording-reader.ts'
import { statusLine } from './recording/status-line.ts'
import { Replayer } from './replay/replayer.ts'
import type { ReplayPlan } from './replay/replayer.ts'
import { mappedTopic, topicChange, topicPrefix } from './replay/topic-mapping.ts'
import type { TopicChange } from './replay/topic-mapping.ts'
import { topicFilters } from './topics.ts'

/** The command. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .summary('publish a recording again')
    .description(
      'Publishes the messages of a recording, each at its time whatever became of those before, ' +
        'in their order, with their QoS, RETAIN and properties.',
    )
    .argument('<file>', 'what godwit record has written; - is stdin')
  command.optionsGroup('When:')
  addFlag(command, '--speed <factor>', 'how fast; max, or 0, is without any waiting (default: 1)', {
    parse: speed,
  })
  addFlag(command, '--loop <times>', 'how often; 0 is for ever (default: 1)', {
    parse: wholeNumber(0, 1e15),
  })
  addFlag(command, '--from <time>', 'where to begin: seconds, or 500ms, 10m, 1h30m', {
    parse: duration,
  })
  addFlag(command, '--to <time>', 'where to end', { parse: duration })
  command.optionsGroup('What, and where to:')
  addFlag(command, '-t, --topic <filter>', 'only this Topic Filter; may be repeated', {
    parse: collected,
  })
  addFlag(command, '-T, --exclude <filter>', 'leave out a Topic Filter; may be repeated', {
    aliases: ['--filter-out'],
    parse: collected,
  })
  addFlag(command, '--topic-prefix <levels>', 'put these levels in front of every topic', {
    parse: topicPrefix,
  })
  const map = 'begin topics that begin with some levels with others; may be repeated'
  addFlag(command, '--map <from=to>', map, { parse: topicChange })
  addFlag(command, '-q, --qos <qos>', 'another QoS than was recorded', { parse: qos })
  addFlag(command, '--no-retain', 'retain nothing')
  addFlag(command, '-M, --max-in-flight <count>', 'how many may be on their way (default: 1000)', {
    parse: wholeNumber(1, 100_000),
  })
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit replay day.jsonl', 'as it was'],
    ['godwit replay day.jsonl --speed 60 --from 2h --to 3h', 'an hour in a minute'],
    ['godwit replay day.jsonl -h test --topic-prefix replay --no-retain', 'on a server for tests'],
    ['godwit replay day.jsonl --speed max --loop 10', 'as load'],
  ])
  return command.action(replay)
}

interface ReplayFlags extends ConnectionFlags {
  readonly speed?: number
  readonly loop?: number
  readonly from?: number
  readonly to?: number
  readonly topic?: readonly string[]
  readonly exclude?: readonly string[]
  readonly topicPrefix?: string
  readonly map?: readonly TopicChange[]
  readonly qos?: QoS
  readonly retain?: boolean
  readonly maxInFlight?: number
}

const SPEED_MAX = 1_000_000
const UNDER_WAY_MAX = 1_000

function speed(text: string): number {
  if (text === 'max') return 0
  const factor = realNumber(0, SPEED_MAX)(text)
  if (factor === 0 || factor >= 1e-6) return factor
  throw new InvalidArgumentError('It is max, or a number.')
}

async function replay(file: string, flags: ReplayFlags): Promise<void> {
  const connection = connectionOf(flags)
  topicFilters([...(flags.topic ?? []), ...(flags.exclude ?? [])])
  const plan = planOf(file, flags)
  const interrupted = untilInterrupted()
  const failure = new AbortController()
  const signal = AbortSignal.any([interrupted, failure.signal])
  // A file that is none is found out before anybody is connected to.
  if (file !== '-') await first(opened(file, () => {}))
  const open = (): Recording => opened(file, (sentence) => tell(sentence, flags))
  const connecting = { command: 'replay', connection, flags, signal: interrupted }
  try {
    await withClient(connecting, async (client) => {
      const replayer = new Replayer(plan, {
        open,
        publish: (message, line) => publish(client, message, { flags, place: `${file}:${line}` }),
        pace: new Pace(systemClock, signal),
        failed: (error) => failure.abort(error),
      })
      await played(replayer, flags)
    })
  } catch (error) {
    // Messages that were given up for it are not what went wrong.
    interrupted.throwIfAborted()
    throw error
  }
}

function planOf(file: string, flags: ReplayFlags): ReplayPlan {
  const { from: fromMs = 0, to: toMs = Infinity, loop = 1 } = flags
  if (fromMs >= toMs) throw misuse('--from is not before --to', 'give a later end')
  if (loop !== 1 && file === '-') {
    throw misuse('stdin can be read once', 'give a file for --loop')
  }
  return {
    speed: flags.speed ?? 1,
    loops: loop === 0 ? Infinity : loop,
    fromMs,
    toMs,
    underWayMax: flags.maxInFlight ?? UNDER_WAY_MAX,
  }
}

async function played(replayer: Replayer, flags: ReplayFlags): Promise<void> {
  const begun = performance.now()
  const summary = (): string => {
    const { messages, latestMs } = replayer
    const counted = `${messages.toLocaleString('en')} ${messages === 1 ? 'message' : 'messages'}`
    const late = flags.speed === 0 ? '' : `, at most ${durationText(latestMs)} late`
    return `${counted} in ${durationText(performance.now() - begun)}${late}`
  }
  const line = flags.quiet === true ? undefined : statusLine(process.stderr, summary)
  try {
    await replayer.run()
  } finally {
    line?.[Symbol.dispose]()
    tell(summary(), flags)
  }
}

interface Publishing {
  readonly flags: ReplayFlags
  /** Where the message stands: `file:line`. */
  readonly place: string
}

/** Publishes a message of the recording, unless it is left out. */
function publish(
  client: Client,
  message: RecordedMessage,
  { flags, place }: Publishing,
): Promise<unknown> | undefined {
  const { topic: filters, exclude = [], map = [] } = flags
  const { payload, properties } = message
  if (filters?.some((filter) => matches(filter, message.topic)) === false) return undefined
  if (exclude.some((filter) => matches(filter, message.topic))) return undefined
  const topic = mappedTopic(message.topic, map, flags.topicPrefix)
  const retain = message.retain && flags.retain !== false
  const options = { qos: flags.qos ?? message.qos, retain, properties }
  return client.publish(topic, payload, options).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`${place}: ${reason}`, { cause })
  })
}

type Recording = AsyncGenerator<PlacedLine<RecordedThing>>

function opened(file: string, warn: (sentence: string) => void): Recording {
  if (file === '-') return readRecording(process.stdin, 'stdin', warn)
  return readRecording(fileChunks(file), file, warn)
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`${path} cannot be read: ${reason}`, { cause })
  }
}

/** Reads the first line, for its errors. */
async function first(recording: Recording): Promise<void> {
  await recording.next()
  await recording.return(undefined)
}

function tell(text: string, { quiet = false }: ReplayFlags): void {
  if (!quiet) process.stderr.write(`godwit replay: ${visible(text)}\n`)
}
