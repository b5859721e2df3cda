/** `godwit pub`: publishes a message, the same one again, or each line of stdin. */
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import type { PublishOptions } from '@godwit/client'
import { UINT16_MAX } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { versionsFor } from './connection/versions.ts'
import { misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { delaySeconds, qos, timeoutSeconds, wholeNumber } from './flags/flag-values.ts'
import {
  addPayloadFlags,
  addPropertyFlags,
  messageProperties,
  payloadOrigin,
} from './flags/message-flags.ts'
import type { MessagePropertyFlags, PayloadFlags, PayloadOrigin } from './flags/message-flags.ts'
import { untilInterrupted } from './interrupt.ts'
import { PublishingWindow } from './payload/publishing-window.ts'
import { input, linesOf, readPayload } from './payload/reading.ts'
import { withinTime } from './time-limit.ts'
import { topicName } from './topics.ts'

/** The command. */
export function pubCommand(): Command {
  const command = new Command('pub')
    .alias('publish')
    .summary('publish messages')
    .description('Publishes a message, and ends when the server has it.')
    .argument('[topic]', 'the topic, instead of --topic')
    .argument('[message]', 'the payload, instead of --message')
  command.optionsGroup('Message:')
  addFlag(command, '-t, --topic <topic>', 'where to publish')
  addPayloadFlags(command, { lines: true })
  addFlag(command, '-q, --qos <qos>', '0, 1 or 2 (default: 0)', { parse: qos })
  addFlag(command, '-r, --retain', 'have it kept for who subscribes later')
  addPropertyFlags(command, { response: true })
  command.optionsGroup('Publishing:')
  addFlag(command, '--repeat <count>', 'publish it so often', { parse: wholeNumber(1, 1e15) })
  addFlag(command, '--repeat-delay <seconds>', 'how long to wait after each', {
    parse: delaySeconds,
  })
  const window = 'how many may be on their way at a time (default: 20)'
  addFlag(command, '-M, --max-in-flight <count>', window, { parse: wholeNumber(1, UINT16_MAX) })
  addFlag(command, '-W, --timeout <seconds>', 'give up then, with exit code 27', {
    parse: timeoutSeconds,
  })
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit pub lamp/kitchen on', 'publish a text'],
    ['godwit pub -t lamp/kitchen -m on -q 1 -r', 'at QoS 1, retained'],
    ['sensors | godwit pub -t home/log -l', 'a message for each line'],
    ["jq . a.json | godwit pub -t a -s --content-type 'application/json'", 'with a property'],
    ['godwit pub --connection work -t lamp/kitchen -r -n', 'remove a retained message'],
  ])
  return command.action(publish)
}

interface PubFlags extends ConnectionFlags, PayloadFlags, MessagePropertyFlags {
  readonly topic?: string
  readonly qos?: QoS
  readonly retain?: boolean
  readonly repeat?: number
  readonly repeatDelay?: number
  readonly maxInFlight?: number
  readonly timeout?: number
}

async function publish(
  topicWord: string | undefined,
  messageWord: string | undefined,
  flags: PubFlags,
): Promise<void> {
  const [bareTopic, bareMessage] = words(topicWord, messageWord, flags)
  const origin = payloadOrigin(flags, bareMessage)
  if (origin.from === 'lines' && flags.repeat !== undefined) {
    throw misuse('--repeat is for one message, and --lines for many', 'leave out one of them')
  }
  const connection = connectionOf(flags)
  const topic = topicName(flags.topic, bareTopic, connection.topic)
  const signal = withinTime(untilInterrupted(), flags.timeout, 'The message was not taken within')
  const payloads = await payloadsOf(origin, flags, signal)
  const options = publishOptions(flags)
  const needs5 = options.properties === undefined ? undefined : 'a property of a message'
  const versions = versionsFor(flags, needs5)
  const connecting = { command: 'pub', connection, flags, signal, options: { versions } }
  await withClient(connecting, async (client) => {
    const failed = new AbortController()
    const window = new PublishingWindow(flags.maxInFlight ?? WINDOW, (error) => failed.abort(error))
    for await (const payload of payloads(AbortSignal.any([signal, failed.signal]))) {
      await window.take(client.publish(topic, payload, options))
      if ((flags.repeatDelay ?? 0) > 0) await window.settled()
    }
    await window.settled()
  })
}

/** With `--topic` a single word is the message. */
function words(
  first: string | undefined,
  second: string | undefined,
  { topic }: PubFlags,
): readonly [topic: string | undefined, message: string | undefined] {
  if (topic === undefined || first === undefined) return [first, second]
  if (second === undefined) return [undefined, first]
  throw misuse(`"${second}" is a word too many`, 'put quotes around a message of several words')
}

const WINDOW = 20

function publishOptions(flags: PubFlags): PublishOptions {
  const properties = messageProperties(flags)
  return {
    qos: flags.qos ?? 0,
    retain: flags.retain === true,
    ...(properties !== undefined && { properties }),
  }
}

/** Gives payloads until a signal ends that. */
type Payloads = (signal: AbortSignal) => AsyncIterable<string | Uint8Array>

/** What can be read at once is read before anybody is bothered with a connection. */
async function payloadsOf(
  origin: PayloadOrigin,
  { repeat = 1, repeatDelay = 0 }: PubFlags,
  signal: AbortSignal,
): Promise<Payloads> {
  if (origin.from === 'lines') return (until) => linesOf(input(until))
  const payload = await readPayload(origin, input(signal))
  return async function* repeated(until) {
    for (let count = 1; count <= repeat; count += 1) {
      yield payload
      until.throwIfAborted()
      if (count < repeat && repeatDelay > 0) await pause(repeatDelay, until)
    }
  }
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
