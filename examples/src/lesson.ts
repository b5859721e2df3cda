// What the lessons share: a broker to talk to, and a look at what goes over the wire.

import { parseArgs } from 'node:util'
import { Broker } from '@godwit/broker'
import type { BrokerOptions } from '@godwit/broker'
import type { Client, ConnectOptions } from '@godwit/client'
import { systemClock, TcpListener } from '@godwit/transport/node'
import { dialLine } from './line.ts'
import type { Watch } from './line.ts'
import { inWords } from './packet-in-words.ts'

/** What a lesson begins with. */
export interface Lesson {
  /** Where the broker is. */
  readonly url: string
  /** Options of `connect`, so that `--packets` can show what a client says and hears. */
  readonly wire: ConnectOptions
  /** The same, for a line that breaks, once, and loses a packet that is on its way. */
  readonly lineThatLoses: (type: string) => ConnectOptions
  /** The lesson is over: the broker closes. */
  readonly end: () => Promise<void>
}

/** What a lesson wants of its broker, and whether it looks at the packets itself. */
export interface LessonOptions extends Pick<BrokerOptions, 'capabilities' | 'guards'> {
  readonly watch?: Watch
}

/** Begins a lesson: with a broker in this process, or the one that `--url` says. */
export async function begin({ watch = print, ...options }: LessonOptions = {}): Promise<Lesson> {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, packets: { type: 'boolean', default: false } },
  })
  const looks = values.packets || watch !== print ? watch : () => {}
  const listeners = [new TcpListener({ host: '127.0.0.1', port: 0 })]
  const broker = new Broker({ listeners, clock: systemClock, ...options })
  const [here = ''] = values.url === undefined ? await broker.start() : []
  return {
    url: values.url ?? here,
    wire: { dial: dialLine(looks), limits: NO_ALIASES },
    lineThatLoses: (type) => ({
      dial: dialLine(looks, type),
      limits: NO_ALIASES,
      reconnect: () => 0,
    }),
    end: () => broker.close(),
  }
}

/** Waits until a client has lost its connection, and has another one. */
export async function reconnected(client: Client): Promise<void> {
  for await (const { state } of client.statusChanges()) {
    if (state === 'connected' && client.statistics.connections > 1) return
  }
}

/** A Topic Alias would save the bytes of a topic that was said before, but is no first lesson. */
const NO_ALIASES = { topicAliasMaximum: 0, topicAliasOutboundMax: 0 }

const print: Watch = (name, from, packet, isLost) => {
  const arrow = from === 'client' ? '-->' : '<--'
  console.log(`    ${name} ${arrow} ${inWords(packet)}${isLost ? ' (lost)' : ''}`)
}
