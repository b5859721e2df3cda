/** `godwit request`: asks, and prints the answer. */
import { Command } from 'commander'
import { ClientError } from '@godwit/client'
import type { Client, Message, RequestOptions } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { versionsFor } from './connection/versions.ts'
import { CliError, misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { qos, timeoutSeconds } from './flags/flag-values.ts'
import {
  addPayloadFlags,
  addPropertyFlags,
  messageProperties,
  payloadOrigin,
} from './flags/message-flags.ts'
import type { MessagePropertyFlags, PayloadFlags } from './flags/message-flags.ts'
import { addOutputFlags } from './flags/output-flags.ts'
import type { OutputFlags } from './flags/output-flags.ts'
import { untilInterrupted } from './interrupt.ts'
import { presentInstant } from './output/instant.ts'
import { printerFor } from './output/printer.ts'
import { shownMessage } from './output/shown-message.ts'
import { input, readPayload } from './payload/reading.ts'
import { terminalOf } from './terminal.ts'
import { withinTime } from './time-limit.ts'
import { topicName } from './topics.ts'

/** The command. */
export function requestCommand(): Command {
  const command = new Command('request')
    .alias('rr')
    .summary('ask, and print the answer')
    .description('Publishes a request, prints its answer, and ends.')
    .argument('[topic]', 'the topic, instead of --topic')
    .argument('[message]', 'the payload, instead of --message')
  command.optionsGroup('Request:')
  addFlag(command, '-t, --topic <topic>', 'where to ask')
  addPayloadFlags(command, { lines: false })
  addFlag(command, '-q, --qos <qos>', 'of the request and of the answer (default: 0)', {
    parse: qos,
  })
  const response = 'where the answer is to come (default: a topic of our own; MQTT 5.0 only)'
  addFlag(command, '-e, --response-topic <topic>', response)
  addPropertyFlags(command, { response: false })
  addFlag(command, '-W, --timeout <seconds>', 'how long to wait, else exit code 27', {
    parse: timeoutSeconds,
  })
  addFlag(command, '-R, --no-retained', 'take no answer that was retained')
  addOutputFlags(command)
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit request clock/time -n', 'ask without a payload'],
    ['godwit request -t sum -m "1 2" -W 5', 'for at most 5 seconds'],
    ['godwit request -t sum -e answers/me -m "1 2" -V 3.1.1', 'a server without MQTT 5.0'],
  ])
  return command.action(request)
}

interface RequestFlags extends ConnectionFlags, PayloadFlags, MessagePropertyFlags, OutputFlags {
  readonly topic?: string
  readonly qos?: QoS
  readonly timeout?: number
  readonly retained?: boolean
}

async function request(
  topicWord: string | undefined,
  messageWord: string | undefined,
  flags: RequestFlags,
): Promise<void> {
  if (flags.topic !== undefined && messageWord !== undefined) {
    throw misuse(`"${messageWord}" is a word too many`, 'put quotes around several words')
  }
  const bareTopic = flags.topic === undefined ? topicWord : undefined
  const bareMessage = flags.topic === undefined ? messageWord : topicWord
  const origin = payloadOrigin(flags, bareMessage)
  if (origin.from === 'lines') throw misuse('a request is one message')
  const connection = connectionOf(flags)
  const topic = topicName(flags.topic, bareTopic, connection.topic)
  if (flags.responseTopic !== undefined) topicName(flags.responseTopic)
  const signal = withinTime(untilInterrupted(), flags.timeout, 'No answer came within')
  const payload = await readPayload(origin, input(signal))
  const options = { versions: versionsFor(flags, needOf(flags)) }
  const answer = await withClient(
    { command: 'request', connection, flags, signal, options },
    (client) => answered(client, { topic, payload, flags, signal }),
  )
  print(answer, flags)
}

/** Without a Response Topic of the user's own, requests and answers are those of MQTT 5.0. */
function needOf({ responseTopic, property, ...flags }: RequestFlags): string | undefined {
  const own = responseTopic ?? property?.publish.responseTopic
  if (own === undefined) return 'a request without --response-topic'
  return messageProperties(flags) === undefined && property === undefined
    ? undefined
    : 'a property of the request'
}

interface Question {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly flags: RequestFlags
  readonly signal: AbortSignal
}

/** Longer than anybody waits: 24 days. */
const FOREVER_MS = 2_147_483_647

async function answered(client: Client, question: Question): Promise<Message> {
  const { topic, payload, flags, signal } = question
  const properties = messageProperties(flags) ?? {}
  if (properties.responseTopic !== undefined) {
    return answeredAt(properties.responseTopic, client, question)
  }
  const options: RequestOptions = {
    qos: flags.qos ?? 0,
    timeoutMs: FOREVER_MS,
    ...(Object.keys(properties).length > 0 && { properties }),
    signal,
  }
  return client.request(topic, payload, options)
}

/** As mosquitto_rr does: whatever comes at the topic is the answer. */
async function answeredAt(
  responseTopic: string,
  client: Client,
  { topic, payload, flags, signal }: Question,
): Promise<Message> {
  const properties = messageProperties(flags) ?? {}
  const options = { qos: flags.qos ?? 0, signal }
  const answers = await client.subscribe(responseTopic, options)
  try {
    await client.publish(topic, payload, { ...options, properties })
  } catch (error) {
    // Before MQTT 5.0 whoever answers has to know the topic; it is the only property here then.
    if (!(error instanceof ClientError && error.code === 'not-allowed')) throw error
    await client.publish(topic, payload, options)
  }
  for await (const message of answers) {
    if (message.retain && flags.retained === false) continue
    if (isForAnother(message, properties.correlationData)) continue
    return message
  }
  signal.throwIfAborted()
  throw new CliError('No answer came before the connection was closed')
}

function isForAnother({ properties }: Message, ours: Uint8Array | undefined): boolean {
  const theirs = properties.correlationData
  return ours !== undefined && theirs !== undefined && Buffer.compare(ours, theirs) !== 0
}

function print(answer: Message, flags: RequestFlags): void {
  const write = printerFor(flags, terminalOf(process.stdout), ({ topic }) => {
    if (flags.quiet !== true) {
      process.stderr.write(`godwit request: The payload on ${topic} is not JSON.\n`)
    }
  })
  process.stdout.write(write(shownMessage(answer, presentInstant())))
}
