/** `godwit record`: writes the messages of some topics to a file that can be replayed. */
import { Command } from 'commander'
import { ClientError } from '@godwit/client'
import type { Client, MessageStream, SubscribeOptions } from '@godwit/client'
import { reasonCodeName } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import { systemClock } from '@godwit/transport/node'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { Connection, ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { visible } from './escaping.ts'
import { misuse } from './exit.ts'
import { duration } from './recording/duration.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { collected, qos, wholeNumber } from './flags/flag-values.ts'
import { Interruption, untilInterrupted } from './interrupt.ts'
import { ServerBrake } from './receiving/server-brake.ts'
import { Recorder } from './recording/recorder.ts'
import { openRecording, streamSink } from './recording/recording-file.ts'
import type { FileMode } from './recording/recording-file.ts'
import { RecordingWriter } from './recording/recording-writer.ts'
import type { LineSink } from './recording/recording-writer.ts'
import { statusLine } from './recording/status-line.ts'
import { topicFilters } from './topics.ts'
import { untilAborted } from './until-aborted.ts'

/** The command. */
export function recordCommand(): Command {
  const command = new Command('record')
    .summary('write messages to a file, with their times')
    .description(
      'Writes messages to a file with their times, their properties and what happens to the ' +
        'connection, for godwit replay. It ends when it is interrupted; then the file is whole.',
    )
    .argument('<file>', 'the file to write; - is stdout')
    .argument('[filters...]', "Topic Filters, instead of --topic (default: '#')")
  command.optionsGroup('What to record:')
  addFlag(command, '-t, --topic <filter>', 'a Topic Filter; may be repeated', { parse: collected })
  addFlag(command, '-q, --qos <qos>', 'the highest QoS of the messages (default: 0)', {
    parse: qos,
  })
  addFlag(command, '-T, --exclude <filter>', 'leave out a Topic Filter; may be repeated', {
    aliases: ['--filter-out'],
    parse: collected,
  })
  addFlag(command, '-R, --no-retained', 'leave out what was retained')
  addFlag(command, '--retained-only', 'what was retained only; end at the first that was not')
  addFlag(command, '-C, --count <number>', 'end after so many messages', {
    parse: wholeNumber(1, 1e15),
  })
  addFlag(command, '--duration <time>', 'end then: seconds, or 500ms, 10m, 1h30m', {
    parse: duration,
  })
  command.optionsGroup('The file:')
  addFlag(command, '--append', 'go on with a recording that is there')
  addFlag(command, '--overwrite', 'begin it anew if it is there')
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit record day.jsonl', 'everything, until Ctrl-C'],
    ["godwit record day.jsonl 'site/#' -q 1 --append", 'some of it, behind what is there'],
    ['godwit record - --duration 1m | gzip > minute.jsonl.gz', 'a minute, compressed'],
  ])
  return command.action(record)
}

interface RecordFlags extends ConnectionFlags {
  readonly topic?: readonly string[]
  readonly qos?: QoS
  readonly exclude?: readonly string[]
  readonly retained?: boolean
  readonly retainedOnly?: boolean
  readonly count?: number
  /** In milliseconds. */
  readonly duration?: number
  readonly append?: boolean
  readonly overwrite?: boolean
}

async function record(file: string, words: readonly string[], flags: RecordFlags): Promise<void> {
  const connection = connectionOf(flags)
  const inUrl = connection.topic === undefined ? [] : [connection.topic]
  const asked = topicFilters([...(flags.topic ?? []), ...words, ...inUrl])
  topicFilters(flags.exclude ?? [])
  const filters = asked.length === 0 ? ['#'] : asked
  const mode = modeOf(flags)
  const signal = untilInterrupted()
  const run = new Run(flags, connection, filters)
  const sink = await sinkOf(file, mode, (text) => tell(text, flags))
  try {
    await run.record(sink, signal)
  } catch (error) {
    // To be interrupted is how this ends.
    if (!(error instanceof Interruption)) throw error
  }
  tell(`${run.summary} in ${file === '-' ? 'stdout' : file}`, flags)
}

function modeOf({ append = false, overwrite = false }: RecordFlags): FileMode {
  if (append && overwrite) {
    throw misuse('--append and --overwrite contradict each other', 'give one of them')
  }
  return append ? 'append' : overwrite ? 'overwrite' : 'new'
}

function sinkOf(file: string, mode: FileMode, warn: (text: string) => void): Promise<LineSink> {
  if (file === '-') return Promise.resolve(streamSink(process.stdout))
  return openRecording(file, mode, warn)
}

/** One run of the command. */
class Run {
  readonly #flags: RecordFlags
  readonly #connection: Connection
  readonly #filters: readonly string[]
  readonly #brake = new ServerBrake()
  #recorder: Recorder | undefined

  constructor(flags: RecordFlags, connection: Connection, filters: readonly string[]) {
    this.#flags = flags
    this.#connection = connection
    this.#filters = filters
  }

  /** What was recorded, for people. */
  get summary(): string {
    const { messages = 0, elapsedMs = 0 } = this.#recorder ?? {}
    const counted = `${messages.toLocaleString('en')} ${messages === 1 ? 'message' : 'messages'}`
    return `${counted} of ${(elapsedMs / 1000).toFixed(1)} s`
  }

  async record(sink: LineSink, signal: AbortSignal): Promise<void> {
    const writer = new RecordingWriter(sink)
    const { dial, cleanStart } = this.#connection.options
    const recorder = this.#recorderFor(writer)
    const options = {
      ...(dial !== undefined && { dial: this.#brake.dial(dial) }),
      // What a lasting session brings along is recorded too.
      ...(cleanStart === false && { unclaimed: recorder.take.bind(recorder) }),
    }
    const connecting = { command: 'record', connection: this.#connection, flags: this.#flags }
    try {
      await withClient({ ...connecting, signal, options }, async (client) => {
        await this.#receive(client, recorder, signal)
      })
    } finally {
      await recorder.finish()
    }
  }

  #recorderFor(writer: RecordingWriter): Recorder {
    const { url } = this.#connection
    const { count, ...flags } = this.#flags
    this.#recorder = new Recorder({
      writer,
      clock: systemClock,
      timeOfDay: () => Date.now(),
      origin: { filters: this.#filters, server: `${url.protocol}//${url.host}` },
      brake: this.#brake,
      flags,
      ...(count !== undefined && { count }),
    })
    return this.#recorder
  }

  async #receive(client: Client, recorder: Recorder, signal: AbortSignal): Promise<void> {
    const watching = new AbortController()
    recorder.watch(client, watching.signal).catch(() => {})
    const stream = await this.#subscribed(client, signal)
    const { duration: length, quiet = false } = this.#flags
    const line = quiet ? undefined : statusLine(process.stderr, () => `recorded: ${this.summary}`)
    const ends = [signal, ...(length === undefined ? [] : [AbortSignal.timeout(length)])]
    try {
      const time = untilAborted(AbortSignal.any(ends))
      await Promise.race([pump(stream, recorder), recorder.over, time])
      signal.throwIfAborted()
      await recorder.settled()
    } finally {
      line?.[Symbol.dispose]()
      watching.abort()
    }
  }

  async #subscribed(client: Client, signal: AbortSignal): Promise<MessageStream> {
    const stream = await subscribed(client, this.#filters, {
      qos: this.#flags.qos ?? 0,
      ...userPropertyOf(this.#flags),
      signal,
    })
    for (const { filter, reasonCode } of stream.refused) {
      const reason = reasonCodeName(reasonCode, 'suback')
      tell(`the server refused the subscription to "${filter}": ${reason}`, this.#flags)
    }
    return stream
  }
}

/** With RETAIN as it was published, to be replayed so; older versions have no such thing. */
async function subscribed(
  client: Client,
  filters: readonly string[],
  wanted: SubscribeOptions,
): Promise<MessageStream> {
  // The connection is held back instead of messages being dropped while the file is slow.
  const options = {
    ...wanted,
    acknowledge: 'manual',
    allowPartial: true,
    messagesMax: Infinity,
  } as const
  try {
    return await client.subscribe(filters, { ...options, retainAsPublished: true })
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'not-allowed') throw error
    return client.subscribe(filters, options)
  }
}

function userPropertyOf({ property }: RecordFlags): Pick<SubscribeOptions, 'userProperty'> {
  const userProperty = property?.subscribe.userProperty
  return userProperty === undefined ? {} : { userProperty }
}

async function pump(stream: MessageStream, recorder: Recorder): Promise<void> {
  const messages = stream[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await messages.next()
    if (done === true) return
    recorder.take(value)
  }
}

function tell(text: string, { quiet = false }: RecordFlags): void {
  if (!quiet) process.stderr.write(`godwit record: ${visible(text)}\n`)
}
