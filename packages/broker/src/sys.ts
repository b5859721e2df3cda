/**
 * The `$SYS` topics: how the broker stands, as retained messages that it publishes itself. The
 * names and their meaning are those of mosquitto (its manual, mosquitto(8)), so that dashboards
 * made for it work; what it lacks is below `$SYS/broker/godwit`. What a broker cannot tell it
 * leaves out.
 */
import type { Clock } from '@godwit/transport'
import type { DropReason, StoreStats } from './stats.ts'

/** How a broker stands, and what it did since it was made. Those that it cannot tell are absent. */
export interface SystemFigures {
  /** Of the broker's package, such as `0.1.0`. */
  readonly version: string
  /** Sessions that have a Network Connection at present, and those that have none. */
  readonly clientsConnected: number
  readonly clientsDisconnected: number
  /** The most sessions that there were at the same time, connected or not. */
  readonly clientsMaximum: number
  /** Sessions whose Session Expiry Interval passed. */
  readonly clientsExpired: number
  readonly subscriptions: number
  /** Those of them that are Shared Subscriptions. */
  readonly sharedSubscriptions: number
  /** PUBLISH packets that came and that were sent, one for each receiver. */
  readonly messagesReceived: number
  readonly messagesSent: number
  readonly messagesDropped: Readonly<Record<DropReason, number>>
  /** PUBLISH packets that were refused. */
  readonly publishesRefused: number
  readonly retainedMessages: number
  /** Their bytes in memory. */
  readonly retainedBytes: number
  /** Network Connections that are open at present. */
  readonly connections: number
  /** Network Connections that were accepted, and CONNECT packets that came. */
  readonly connectionsAccepted?: number
  readonly connectsReceived?: number
  /** Control Packets of every type. */
  readonly packetsReceived?: number
  readonly packetsSent?: number
  /** Bytes of all packets. */
  readonly bytesReceived?: number
  readonly bytesSent?: number
  /** Bytes of the payloads of PUBLISH packets. */
  readonly payloadBytesReceived?: number
  readonly payloadBytesSent?: number
  /** Messages that wait in sessions, one for each. */
  readonly messagesQueued: number
  /** Retained messages and those that wait in sessions, and the memory that they take. */
  readonly storedMessages?: number
  readonly storedBytes?: number
  /** Logins that failed, connections and CONNECTs that a ban kept out, and pauses for a rate. */
  readonly loginsFailed?: number
  readonly connectionsBanned?: number
  readonly throttled?: number
  /** What the broker gives up at present to keep up, 0 to 3. */
  readonly overloadLevel?: number
  /** Of the store, if there is one. */
  readonly store?: StoreStats
}

/** Publishes the figures of one broker, from the first tick until it is disposed of. */
export class SystemTopics implements Disposable {
  readonly #clock: Pick<Clock, 'now' | 'tick'>
  readonly #read: () => SystemFigures
  readonly #publish: (topic: string, text: string) => void
  readonly #tick: Disposable
  readonly #startedAt: number
  readonly #loads: readonly Load[] = LOADS.map(([name, of]) => new Load(name, of))
  /** What was published last on each topic. */
  readonly #published = new Map<string, string>()
  #publishedAt: number

  /**
   * Every `everyMs`, asks `read` and calls `publish` for each value that is not what it was; the
   * text is to be retained.
   * @throws {RangeError} if `everyMs` is not above 0.
   */
  constructor(
    clock: Pick<Clock, 'now' | 'tick'>,
    everyMs: number,
    read: () => SystemFigures,
    publish: (topic: string, text: string) => void,
  ) {
    this.#clock = clock
    this.#read = read
    this.#publish = publish
    this.#startedAt = clock.now()
    this.#publishedAt = this.#startedAt
    this.#tick = clock.tick(everyMs, () => this.#publishAll())
  }

  /** Publishes nothing more. What is retained stays. */
  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]()
  }

  #publishAll(): void {
    const now = this.#clock.now()
    const figures = this.#read()
    const counts = countsOf(figures)
    this.#put('version', `godwit version ${figures.version}`)
    this.#put('uptime', `${Math.floor((now - this.#startedAt) / 1000)} seconds`)
    this.#put('godwit/store/durability', figures.store?.durability ?? 'memory')
    for (const [name, count] of counts) this.#put(name, String(count))
    for (const load of this.#loads) {
      const count = counts.get(load.of)
      if (count === undefined) continue
      load.advance(count, now - this.#publishedAt)
      load.averages.forEach((average, index) => {
        this.#put(`${load.name}/${WINDOWS_MIN[index]}min`, average.toFixed(2))
      })
    }
    this.#publishedAt = now
  }

  #put(name: string, text: string): void {
    if (this.#published.get(name) === text) return
    this.#published.set(name, text)
    this.#publish(`$SYS/broker/${name}`, text)
  }
}

/** How many of something there are a minute, averaged over each window as mosquitto does it. */
class Load {
  readonly name: string
  /** The name of the count whose growth this is. */
  readonly of: string
  averages: readonly number[] = WINDOWS_MIN.map(() => 0)
  #count = 0

  constructor(name: string, of: string) {
    this.name = name
    this.of = of
  }

  /** The count has come to this, `elapsedMs` after the last time. */
  advance(count: number, elapsedMs: number): void {
    const minutes = elapsedMs / 60_000
    const rate = (count - this.#count) / minutes
    this.#count = count
    this.averages = this.averages.map((average, index) => {
      const windowMin = WINDOWS_MIN[index] ?? 1
      return rate + Math.exp(-minutes / windowMin) * (average - rate)
    })
  }
}

/** All that is published as a whole number, by its name below `$SYS/broker`. */
function countsOf(figures: SystemFigures): ReadonlyMap<string, number> {
  const { clientsConnected, clientsDisconnected, messagesDropped: drops } = figures
  const counts = new Map<string, number>()
  for (const [name, figure] of COUNTS) {
    const count = figures[figure]
    if (count !== undefined) counts.set(name, count)
  }
  counts.set('clients/total', clientsConnected + clientsDisconnected)
  const { store } = figures
  if (store !== undefined) {
    counts.set('godwit/store/messages', store.messages)
    counts.set('godwit/store/bytes', store.bytes)
    counts.set('godwit/store/commits', store.commits)
    counts.set('godwit/store/commit-ms', Math.round(store.commitMs))
    counts.set('godwit/store/full', store.isFull ? 1 : 0)
  }
  for (const [reason, count] of Object.entries(drops)) counts.set(`godwit/dropped/${reason}`, count)
  // Those that mosquitto counts: beyond a limit of what is in flight or queued.
  return counts.set('publish/messages/dropped', drops['slow-receiver'] + drops['backlog-full'])
}

type Figure = Exclude<keyof SystemFigures, 'version' | 'messagesDropped' | 'store'>

const COUNTS: readonly (readonly [name: string, figure: Figure])[] = [
  ['clients/connected', 'clientsConnected'],
  ['clients/active', 'clientsConnected'],
  ['clients/disconnected', 'clientsDisconnected'],
  ['clients/inactive', 'clientsDisconnected'],
  ['clients/maximum', 'clientsMaximum'],
  ['clients/expired', 'clientsExpired'],
  ['subscriptions/count', 'subscriptions'],
  ['shared_subscriptions/count', 'sharedSubscriptions'],
  ['retained messages/count', 'retainedMessages'],
  ['store/messages/count', 'storedMessages'],
  ['messages/stored', 'storedMessages'],
  ['store/messages/bytes', 'storedBytes'],
  ['messages/received', 'packetsReceived'],
  ['messages/sent', 'packetsSent'],
  ['bytes/received', 'bytesReceived'],
  ['bytes/sent', 'bytesSent'],
  ['publish/messages/received', 'messagesReceived'],
  ['publish/messages/sent', 'messagesSent'],
  ['publish/bytes/received', 'payloadBytesReceived'],
  ['publish/bytes/sent', 'payloadBytesSent'],
  ['connections/socket/count', 'connectionsAccepted'],
  ['godwit/connections/count', 'connections'],
  ['godwit/connects/received', 'connectsReceived'],
  ['godwit/publishes/refused', 'publishesRefused'],
  ['godwit/queued/count', 'messagesQueued'],
  ['godwit/retained/bytes', 'retainedBytes'],
  ['godwit/logins/failed', 'loginsFailed'],
  ['godwit/banned/count', 'connectionsBanned'],
  ['godwit/throttled/count', 'throttled'],
  ['godwit/overload/level', 'overloadLevel'],
]

const LOADS: readonly (readonly [name: string, of: string])[] = [
  ['load/messages/received', 'messages/received'],
  ['load/messages/sent', 'messages/sent'],
  ['load/publish/received', 'publish/messages/received'],
  ['load/publish/sent', 'publish/messages/sent'],
  ['load/publish/dropped', 'publish/messages/dropped'],
  ['load/bytes/received', 'bytes/received'],
  ['load/bytes/sent', 'bytes/sent'],
  ['load/sockets', 'connections/socket/count'],
  ['load/connections', 'godwit/connects/received'],
]

/** The averages of each load are over so many minutes. */
const WINDOWS_MIN = [1, 5, 15] as const
