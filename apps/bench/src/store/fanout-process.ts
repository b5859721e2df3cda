/**
 * A program: publishes a few messages to a topic that offline sessions subscribe to, and prints
 * what it saw meanwhile as one line of JSON. It has done nothing else before, for what holds up
 * itself looks like a slow broker.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { spreadOf } from '../statistics.ts'
import { Link } from './link.ts'
import { payloadOf } from './offline-sessions.ts'
import { Probe } from './probe.ts'
import { cpuUsOf, writtenBytesOf } from './process-figures.ts'

/** What the program is told, as its one argument. */
export interface FanoutOrder {
  readonly port: number
  readonly brokerPid: number
  readonly topic: string
  readonly publications: number
}

/** How long is looked at a broker from each message on, and as often at a quiet one. */
const WINDOW_MS = 400

/** What one message did to the broker; times in milliseconds. */
interface Effect {
  readonly acknowledged: number
  readonly longest: number
  readonly cpu: number
  readonly writtenBytes: number
}

const order: FanoutOrder = JSON.parse(process.argv[2] ?? '')
const { port, brokerPid, topic, publications } = order
const probe = await Probe.start(port)
const publisher = await Link.open({ port, clientId: 'publisher', clean: true })
await delay(2 * WINDOW_MS)
const quiet: Effect[] = []
const effects: Effect[] = []
for (let serial = 0; serial < publications; serial++) {
  quiet.push(await observe(async () => {}))
  effects.push(await observe(() => publish(serial)))
}
await Promise.all([probe.stop(), publisher.leave()])
const [first, ...later] = effects
console.log(
  JSON.stringify({
    acknowledgedMsFirst: first?.acknowledged,
    acknowledgedMs: middle(later, ({ acknowledged }) => acknowledged),
    longestMsFirst: first?.longest,
    longestMs: middle(later, ({ longest }) => longest),
    longestMsQuiet: middle(quiet, ({ longest }) => longest),
    cpuMs: middle(later, ({ cpu }) => cpu) - middle(quiet, ({ cpu }) => cpu),
    writtenBytes: middle(later, ({ writtenBytes }) => writtenBytes),
  }),
)
/** Does something with the broker, and looks at it for a while from then on. */
async function observe(act: () => Promise<void>): Promise<Effect> {
  probe.takeLongestMs()
  const [cpuUs, written] = [cpuUsOf(brokerPid), writtenBytesOf(brokerPid)]
  const startedAt = performance.now()
  await act()
  const acknowledged = performance.now() - startedAt
  await delay(Math.max(0, WINDOW_MS - acknowledged))
  return {
    acknowledged,
    longest: probe.takeLongestMs(),
    cpu: (cpuUsOf(brokerPid) - cpuUs) / 1_000,
    writtenBytes: writtenBytesOf(brokerPid) - written,
  }
}

async function publish(serial: number): Promise<void> {
  const message = {
    topic,
    payload: payloadOf(serial),
    qos: 1,
    packetId: serial + 1,
  } as const
  await publisher.ask({ type: 'publish', ...message, retain: false, dup: false }, 'puback')
}

function middle(effects: readonly Effect[], figure: (effect: Effect) => number): number {
  return spreadOf(effects.map(figure)).median
}
