/** A broker under strace, and two clients that want to know when exactly it answers them. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectPacketOf } from '../clients/connect-packet.ts'
import { encodePayload } from '../payload.ts'
import type { Template } from '../server/broker-command.ts'
import { BrokerProcess } from '../server/broker-process.ts'
import { Conversation } from './conversation.ts'
import { promptnessOf, TRACED } from './promptness.ts'
import type { Promptness } from './promptness.ts'
import { parseTrace } from './trace.ts'

/** Whether strace is there and may do its work. */
export function hasStrace(): boolean {
  return spawnSync(STRACE, ['-f', '-o', '/dev/null', 'true']).status === 0
}

const STRACE = 'strace'

/** What a traced run came to. */
export interface TracedRun {
  /** PUBACKs of messages that a session which is away wants. */
  readonly published: Promptness
  /** SUBACKs of a session that lasts. */
  readonly subscribed: Promptness
}

/** How many messages are published, and filters subscribed to. */
export const TRACED_REQUESTS = 50

/** Runs a broker of this command under strace. @throws {Error} if it does not answer. */
export async function runTraced(template: Template): Promise<TracedRun> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-strace-'))
  try {
    const file = join(directory, 'trace')
    // With -D the broker is our child and strace its own, so signals reach the broker.
    const strace = [STRACE, '-D', '-f', '-ttt', '-xx', '-s', '128', '-o', file]
    const traced = [...strace, '-e', `trace=${TRACED.join()}`, ...template]
    await using broker = new BrokerProcess(traced, directory)
    await broker.spawn()
    await broker.listening()
    await converse(broker.port ?? 0)
    const { pid = 0 } = broker
    await broker.end('SIGTERM')
    const calls = parseTrace(await wholeTrace(file, pid))
    return {
      published: promptnessOf(calls, { clientId: PUBLISHER, request: PUBLISH, answer: PUBACK }),
      subscribed: promptnessOf(calls, { clientId: JOINER, request: SUBSCRIBE, answer: SUBACK }),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const PUBLISHER = 'strace-publisher'
const JOINER = 'strace-joiner'
const PUBLISH = 3
const PUBACK = 4
const SUBSCRIBE = 8
const SUBACK = 9

async function converse(port: number): Promise<void> {
  const away = await begin(port, 'strace-away', true)
  await subscribe(away, 'strace/#')
  await away.end()
  const publisher = await begin(port, PUBLISHER, false)
  for (let sequence = 1; sequence <= TRACED_REQUESTS; sequence++) {
    await publish(publisher, sequence)
  }
  await publisher.end()
  const joiner = await begin(port, JOINER, true)
  for (let number = 1; number <= TRACED_REQUESTS; number++) {
    await subscribe(joiner, `joined/${number}`)
  }
  await joiner.end()
}

function begin(port: number, clientId: string, lasting: boolean): Promise<Conversation> {
  return Conversation.begin(port, connectPacketOf({ clientId, version: 4, lasting }))
}

async function subscribe(conversation: Conversation, filter: string): Promise<void> {
  const options = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  const subscriptions = [{ filter, ...options }]
  await conversation.ask({ type: 'subscribe', packetId: 1, subscriptions }, 'suback')
}

async function publish(conversation: Conversation, sequence: number): Promise<void> {
  const topic = 'strace/topic'
  const payload = encodePayload({ publisher: PUBLISHER, topic, sequence })
  const flags = { qos: 1, retain: false, dup: false } as const
  await conversation.ask(
    { type: 'publish', topic, payload, packetId: sequence, ...flags },
    'puback',
  )
}

/** strace writes its last lines when the broker has ended. */
async function wholeTrace(file: string, pid: number): Promise<string> {
  const end = new RegExp(`^${pid} .*\\+\\+\\+ (?:exited|killed)`, 'm')
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const text = await readFile(file, 'utf8')
    if (end.test(text)) return text
    await delay(LOOK_MS)
  }
  throw new Error('strace did not see the end of the broker')
}

const LOOK_MS = 50
const LOOKS_MAX = 200
