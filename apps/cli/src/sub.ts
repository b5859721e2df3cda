/** `godwit sub`: prints the messages of some topics. */
import { Command } from 'commander'
import type { Client, ConnectOptions, MessageStream, SubscribeOptions } from '@godwit/client'
import { reasonCodeName } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { deferred } from './deferred.ts'
import { visible } from './escaping.ts'
import { misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { collected, qos, realNumber, timeoutSeconds, wholeNumber } from './flags/flag-values.ts'
import { addOutputFlags } from './flags/output-flags.ts'
import type { OutputFlags } from './flags/output-flags.ts'
import { Interruption, untilInterrupted } from './interrupt.ts'
import { printerFor } from './output/printer.ts'
import { screenFor } from './output/screen-choice.ts'
import { Reception } from './receiving/reception.ts'
import type { ReceptionFlags } from './receiving/reception.ts'
import { ServerBrake } from './receiving/server-brake.ts'
import { terminalOf } from './terminal.ts'
import { timedOut } from './time-limit.ts'
import { topicFilters } from './topics.ts'

/** The command. */
export function subCommand(): Command {
  const command = new Command('sub')
    .alias('subscribe')
    .summary('print the messages of topics')
    .description('Prints messages as they come, until it is interrupted.')
    .argument('[filters...]', 'Topic Filters, instead of --topic')
  addSubscriptionFlags(command)
  addSelectionFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  addExamples(command, [
    ["godwit sub 'home/#'", 'everything below home'],
    ['godwit sub -t home/door -C 1 -W 60', 'one message, or exit code 27 after a minute'],
    ["godwit sub '#' --json | jq .payload", 'for a program'],
    ["godwit sub -F '%I %t %x' -t 'a/+'", 'a line of your own making'],
    ["godwit sub 'old/#' --remove-retained --retained-only -W 5", 'clear what was retained'],
    ["godwit sub -c -i logger -q 1 'log/#' >> log", 'miss nothing while away'],
  ])
  return command.action(subscribe)
}

function addSubscriptionFlags(command: Command): void {
  command.optionsGroup('Subscription:')
  addFlag(command, '-t, --topic <filter>', 'a Topic Filter; may be repeated', { parse: collected })
  addFlag(command, '-q, --qos <qos>', 'the highest QoS of the messages (default: 0)', {
    parse: qos,
  })
  addFlag(command, '--no-local', 'without what this client publishes itself')
  const asPublished = 'tell how a message was published, not whether it was kept'
  addFlag(command, '--retain-as-published', asPublished)
  const handling = 'what was retained: 0 always, 1 to new subscriptions, 2 never (default: 0)'
  addFlag(command, '--retain-handling <0|1|2>', handling, { parse: qos })
  addFlag(command, '-U, --unsubscribe <filter>', 'take a Topic Filter out of the session', {
    parse: collected,
  })
}

function addSelectionFlags(command: Command): void {
  command.optionsGroup('Which messages, and how many:')
  const count = wholeNumber(1, 1e15)
  addFlag(command, '-C, --count <number>', 'end after so many messages', { parse: count })
  addFlag(command, '-W, --timeout <seconds>', 'end then, with exit code 27', {
    parse: timeoutSeconds,
  })
  addFlag(command, '-E, --exit-when-subscribed', 'end when the server has granted it')
  addFlag(command, '-T, --exclude <filter>', 'leave out a Topic Filter; may be repeated', {
    aliases: ['--filter-out'],
    parse: collected,
  })
  addFlag(command, '-R, --no-retained', 'leave out what was retained')
  addFlag(command, '--retained-only', 'what was retained only; end at the first that was not')
  addFlag(command, '--remove-retained', 'have the server forget what was retained')
  addFlag(command, '--random-filter <percent>', 'print so much of it, by chance', {
    parse: realNumber(0.1, 100),
  })
}

interface SubFlags extends ConnectionFlags, OutputFlags, ReceptionFlags {
  readonly topic?: readonly string[]
  readonly qos?: QoS
  /** `--no-local` is a flag with its value turned round. */
  readonly local?: boolean
  readonly retainAsPublished?: boolean
  readonly retainHandling?: 0 | 1 | 2
  readonly unsubscribe?: readonly string[]
  readonly timeout?: number
  readonly exitWhenSubscribed?: boolean
}

async function subscribe(words: readonly string[], flags: SubFlags): Promise<void> {
  const connection = connectionOf(flags)
  const inUrl = connection.topic === undefined ? [] : [connection.topic]
  const filters = topicFilters([...(flags.topic ?? []), ...words, ...inUrl])
  const unwanted = topicFilters(flags.unsubscribe ?? [])
  topicFilters(flags.exclude ?? [])
  check(flags, filters, unwanted)
  const signal = untilInterrupted()
  const run = new Run(flags)
  const options = run.options(connection.options)
  try {
    await withClient({ command: 'sub', connection, flags, signal, options }, async (client) => {
      await run.receive(client, { filters, unwanted, signal })
    })
  } catch (error) {
    // To be interrupted is how this ends.
    if (!(error instanceof Interruption)) throw error
  } finally {
    run.close()
  }
}

function check(flags: SubFlags, filters: readonly string[], unwanted: readonly string[]): void {
  if (filters.length === 0 && unwanted.length === 0) {
    throw misuse('there is no topic', "give --topic, '#' for all")
  }
  const both = unwanted.find((filter) => filters.includes(filter))
  if (both !== undefined) {
    throw misuse(`"${both}" is to be subscribed to and unsubscribed from`, 'leave out one of them')
  }
  if (flags.retained === false && flags.retainedOnly === true) {
    throw misuse('--no-retained and --retained-only leave nothing', 'give one of them')
  }
}

interface Wanted {
  readonly filters: readonly string[]
  readonly unwanted: readonly string[]
  readonly signal: AbortSignal
}

/** One run of the command. */
class Run {
  readonly #flags: SubFlags
  readonly #brake = new ServerBrake()
  readonly #screen = screenFor(process.stdout)
  readonly #reception: Reception
  #client: Client | undefined

  constructor(flags: SubFlags) {
    this.#flags = flags
    this.#reception = new Reception({
      flags,
      printer: printerFor(flags, terminalOf(process.stdout), ({ topic }) =>
        tell(`The payload on ${topic} is not JSON, which %J wants.`, flags),
      ),
      screen: this.#screen,
      brake: this.#brake,
      remove: async (topic) => this.#client?.publish(topic, '', { retain: true, qos: 1 }),
    })
  }

  /** What it wants of the client beside what the flags say. */
  options({ dial, cleanStart }: ConnectOptions): Partial<ConnectOptions> {
    return {
      ...(dial !== undefined && { dial: this.#brake.dial(dial) }),
      // What a session brings along for filters that are not named now is printed too.
      ...(cleanStart === false && { unclaimed: (message) => this.#reception.take(message) }),
    }
  }

  async receive(client: Client, { filters, unwanted, signal }: Wanted): Promise<void> {
    this.#client = client
    const stream = await this.#subscribed(client, filters, signal)
    for (const filter of unwanted) {
      const session = await client.subscribe(filter, { retainHandling: 2, signal })
      await session.close()
    }
    if (this.#flags.exitWhenSubscribed === true) return
    if (stream === undefined && this.#flags.timeout === undefined) return
    await this.#untilOver(stream)
    await this.#reception.settled()
  }

  close(): void {
    this.#screen.close()
  }

  async #subscribed(
    client: Client,
    filters: readonly string[],
    signal: AbortSignal,
  ): Promise<MessageStream | undefined> {
    if (filters.length === 0) return undefined
    const stream = await client.subscribe(filters, { ...subscribeOptions(this.#flags), signal })
    for (const { filter, reasonCode } of stream.refused) {
      const reason = reasonCodeName(reasonCode, 'suback')
      tell(`The server refused the subscription to "${filter}": ${reason}.`, this.#flags)
    }
    return stream
  }

  async #untilOver(stream: MessageStream | undefined): Promise<void> {
    const { timeout } = this.#flags
    const { promise: time, reject } = deferred<never>()
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => reject(timedOut(`Time is up after ${timeout} s`)), timeout * 1000)
    const messages = stream === undefined ? time : this.#pump(stream)
    try {
      await Promise.race([messages, this.#reception.over, time])
    } finally {
      clearTimeout(timer)
      // Closing the client ends it: to leave the stream would take it out of the session.
      messages.catch(() => {})
    }
  }

  async #pump(stream: MessageStream): Promise<void> {
    const messages = stream[Symbol.asyncIterator]()
    for (;;) {
      const { done, value } = await messages.next()
      if (done === true) return
      const slow = this.#reception.take(value)
      if (slow !== undefined) await slow
    }
  }
}

function subscribeOptions(flags: SubFlags): SubscribeOptions {
  const { retainAsPublished, retainHandling, property } = flags
  const userProperty = property?.subscribe.userProperty
  return {
    qos: flags.qos ?? 0,
    ...(flags.local === false && { noLocal: true }),
    ...(retainAsPublished === true && { retainAsPublished }),
    ...(retainHandling !== undefined && { retainHandling }),
    ...(userProperty !== undefined && { userProperty }),
    acknowledge: 'manual',
    allowPartial: true,
    // The connection is held back instead while whoever reads is slow.
    messagesMax: Infinity,
  }
}

function tell(text: string, { quiet = false }: SubFlags): void {
  if (!quiet) process.stderr.write(`godwit sub: ${visible(text)}\n`)
}
