/** A benchmark from the first connection to its result: publishers, subscribers, or both. */
import type { Client } from '@godwit/client'
import type { Clock } from '@godwit/transport'
import type { Connection } from '../connection/connection.ts'
import { disperse, gather } from './bench-clients.ts'
import { throughputOf } from './bench-result.ts'
import type { BenchResult } from './bench-result.ts'
import type { BenchSettings } from './bench-settings.ts'
import { TopicPattern } from './bench-topics.ts'
import { DeliveryAccount } from './delivery-account.ts'
import { filling, Marking } from './marks.ts'
import { Outcomes } from './outcomes.ts'
import { Pace } from './pace.ts'
import { Publisher } from './publisher.ts'
import type { Send } from './publisher.ts'
import { PublishingLoad } from './publishing-load.ts'
import { Receiver } from './receiver.ts'
import { Reception } from './reception.ts'

/** What a run happens in. */
export interface BenchSurroundings {
  readonly connection: Connection
  readonly clock: Clock
  readonly signal: AbortSignal
  /** A random number that tells this run from others, 0 to 2^32 - 1. */
  readonly run: number
  /** See `Pace`. */
  readonly roundsMs?: number
}

/** How far it is. */
export interface BenchProgress {
  readonly phase: 'connecting' | 'running' | 'waiting'
  /** 0 to 1. */
  readonly fraction: number
  /** Messages so far. */
  readonly messages: number
}

/** One run. */
export class BenchRun {
  readonly #settings: BenchSettings
  readonly #surroundings: BenchSurroundings
  readonly #failure = new AbortController()
  readonly #pace: Pace
  readonly #pattern: TopicPattern
  readonly #outcomes: Outcomes
  readonly #reception: Reception
  readonly #account: DeliveryAccount
  readonly #marking: Marking | undefined
  #load: PublishingLoad | undefined
  #publishing: readonly Publisher[] = []
  #receivers: Receiver[] = []
  #clients: Client[] = []
  #phase: BenchProgress['phase'] = 'connecting'
  #connected = 0
  #begunAt = 0
  #cpuBefore: NodeJS.CpuUsage | undefined
  #elapsedMs = 0
  #cpu = 0

  constructor(settings: BenchSettings, surroundings: BenchSurroundings) {
    const { clock, signal, run, roundsMs } = surroundings
    const word = run.toString(36)
    this.#settings = settings
    this.#surroundings = surroundings
    this.#pace = new Pace(clock, AbortSignal.any([signal, this.#failure.signal]), roundsMs)
    this.#pattern = new TopicPattern(settings.topic, word)
    this.#marking = settings.kind === 'latency' ? new Marking(run, settings.size) : undefined
    this.#outcomes = new Outcomes(clock)
    this.#account = new DeliveryAccount()
    this.#reception = new Reception({
      clock,
      publishers: settings.clients,
      ...(this.#marking !== undefined && { marking: this.#marking }),
    })
  }

  /** Where it stands, at any time. */
  get progress(): BenchProgress {
    const { kind, clients, count, durationMs, warmUpMs } = this.#settings
    const messages = (kind === 'pub' ? this.#outcomes.published : this.#reception.received).count
    const phase = this.#phase
    if (phase === 'connecting') {
      const wanted = kind === 'latency' ? 2 * clients : clients
      return { phase, fraction: this.#connected / wanted, messages }
    }
    const elapsed = (this.#pace.now() - this.#begunAt) / (durationMs + warmUpMs)
    const fraction = Math.min(1, Math.max(elapsed, messages / count))
    return { phase, fraction, messages }
  }

  /** Runs it to its end, which comes in any case. @throws what connecting throws */
  async run(): Promise<void> {
    try {
      await this.#prepare()
      this.#begunAt = this.#pace.now()
      this.#cpuBefore = process.cpuUsage()
      this.#phase = 'running'
      if (this.#settings.kind === 'sub') await this.#receive()
      else await this.#publish()
    } finally {
      this.#stop()
      await disperse(this.#clients)
    }
  }

  /** What was found out, also of a run that was broken off. */
  get result(): BenchResult {
    const { kind, size } = this.#settings
    const { protocol, host } = this.#surroundings.connection.url
    const latency = (kind === 'latency' ? this.#reception : this.#outcomes).latencies.summary()
    return {
      settings: this.#settings,
      server: `${protocol}//${host}`,
      ...(kind !== 'sub' && {
        published: throughputOf(this.#outcomes.published, size),
        failures: Object.fromEntries(this.#outcomes.failures),
        unacknowledged: this.#publishing.reduce((sum, { underWay }) => sum + underWay, 0),
        missed: this.#load?.missed ?? 0,
      }),
      ...(kind !== 'pub' && {
        received: throughputOf(this.#reception.received, this.#receivedSize()),
        dropped: this.#receivers.reduce((sum, { dropped }) => sum + dropped, 0),
      }),
      ...(kind === 'latency' && {
        lost: Math.max(0, this.#account.expected - this.#reception.received.count),
        repeated: this.#reception.repeated,
      }),
      ...(latency !== undefined && { latencyMs: latency }),
      reconnections: this.#clients.reduce((sum, each) => sum + reconnectionsOf(each), 0),
      cpu: this.#cpu,
    }
  }

  async #prepare(): Promise<void> {
    const { kind } = this.#settings
    if (kind !== 'pub') await this.#prepareReceivers()
    if (kind !== 'sub') await this.#preparePublishers()
  }

  async #prepareReceivers(): Promise<void> {
    const { kind, qos, warmUpMs } = this.#settings
    const clients = await this.#gather(kind === 'latency' ? 's' : '')
    // Messages may come with the very answer to a SUBSCRIBE.
    if (kind === 'sub') this.#reception.begin(this.#pace.now() + warmUpMs)
    for (const [index, client] of clients.entries()) {
      const { clientId } = client
      const filter = this.#pattern.filter({ number: index + 1, clientId })
      const { signal } = this.#surroundings
      signal.throwIfAborted()
      const receiver = await Receiver.subscribed(client, { filter, qos }, this.#reception.taker())
      receiver.done.catch((error: unknown) => this.#failure.abort(error))
      this.#receivers.push(receiver)
      this.#account.subscribed(filter)
    }
  }

  async #preparePublishers(): Promise<void> {
    const clients = await this.#gather(this.#settings.kind === 'latency' ? 'p' : '')
    this.#publishing = clients.map(
      (client, index) => new Publisher(this.#sendOf(client, index), this.#outcomes),
    )
  }

  async #gather(role: string): Promise<readonly Client[]> {
    const { connection, signal } = this.#surroundings
    const { clients, connectRate } = this.#settings
    const gathered = await gather({
      connection,
      clients,
      role,
      connectRate,
      pace: this.#pace,
      signal,
      connected: () => this.#connected++,
    })
    this.#clients.push(...gathered)
    return gathered
  }

  #sendOf(client: Client, index: number): Send {
    const { qos, retain, size } = this.#settings
    const pattern = this.#pattern
    const participant = { number: index + 1, clientId: client.clientId }
    const options = { qos, retain }
    const fixed = pattern.isNumbered ? undefined : pattern.name(participant, 0)
    const topicOf = (sequence: number): string => fixed ?? pattern.name(participant, sequence)
    const marking = this.#marking
    if (marking === undefined) {
      const payload = filling(size)
      return (sequence) => client.publish(topicOf(sequence), payload, options)
    }
    const filter = pattern.filter(participant)
    return (sequence, dueMs) => {
      const payload = marking.payload({ publisher: index, sequence, dueMs })
      const publishing = client.publish(topicOf(sequence), payload, options)
      return this.#account.published(publishing, filter, dueMs)
    }
  }

  async #publish(): Promise<void> {
    const { drainMs, warmUpMs, kind } = this.#settings
    const load = new PublishingLoad({
      settings: this.#settings,
      publishers: this.#publishing,
      outcomes: this.#outcomes,
      pace: this.#pace,
      over: () => {
        this.#phase = 'waiting'
      },
    })
    this.#load = load
    const begin = this.#begunAt + warmUpMs
    this.#reception.begin(begin)
    this.#account.begin(begin)
    await load.run(begin)
    if (kind !== 'latency') return
    await this.#pace.within(this.#reception.until(this.#account.expected), drainMs)
  }

  async #receive(): Promise<void> {
    const { count, durationMs, warmUpMs } = this.#settings
    await this.#pace.within(this.#reception.until(count), warmUpMs + durationMs)
  }

  #stop(): void {
    this.#outcomes.end()
    this.#reception.end()
    if (this.#cpuBefore === undefined) return
    const { user, system } = process.cpuUsage(this.#cpuBefore)
    this.#elapsedMs = this.#pace.now() - this.#begunAt
    this.#cpu = Math.round((user + system) / 10 / Math.max(1, this.#elapsedMs)) / 100
  }

  #receivedSize(): number {
    return this.#settings.kind === 'latency' ? this.#settings.size : this.#reception.meanBytes
  }
}

function reconnectionsOf({ statistics: { connections } }: Client): number {
  return Math.max(0, connections - 1)
}
