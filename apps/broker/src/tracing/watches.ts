/**
 * Watches: what one client does, or what goes through one topic, as log lines, switched on while
 * the broker runs and for a limited time. While nothing is watched the broker has no tap, and a
 * packet costs what it costs without any of this.
 */
import type { Broker, ClientInfo, Observers, Tap, Tapped } from '@godwit/broker'
import { reasonCodeName } from '@godwit/codec'
import { matches, parseSharedFilter, topicFilterFault } from '@godwit/topic'
import type { Clock } from '@godwit/transport'
import type { Logger } from 'pino'
import { clipped } from '../log.ts'
import { LogRepeats } from '../log-repeats.ts'
import { deliveryFields, packetFields } from './packet-lines.ts'

/** What to watch, and for how long. One of `clientId` and `topic`, or what is common to both. */
export interface WatchRequest {
  readonly clientId?: string
  /** A Topic Filter: messages that it matches, from and to everybody. */
  readonly topic?: string
  /** 1 to 86,400,000. */
  readonly forMs: number
  /** How much of each payload is shown, 0 to 1,024; 0 where left out. */
  readonly payloadBytes?: number
}

/** What is being watched. */
export interface Watch extends WatchRequest {
  readonly id: number
  /** Instant of the clock at which it ends by itself. */
  readonly endsAt: number
}

/** All watches of one broker. */
export class Watches implements Disposable {
  /** What packets do not tell, to be told to these as well. */
  readonly observers: Pick<Observers, 'disconnected' | 'dropped'>
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'now' | 'tick' | 'after'>
  readonly #repeats: LogRepeats
  readonly #watches = new Map<number, Running>()
  #broker: Pick<Broker, 'tap'> | undefined
  #tap: Disposable | undefined
  #lastId = 0

  constructor(log: Logger, clock: Pick<Clock, 'now' | 'tick' | 'after'>) {
    this.#log = log
    this.#clock = clock
    this.#repeats = new LogRepeats(clock, LINES_MAX)
    this.observers = {
      disconnected: (client, reasonCode, cause) => {
        const fields = { reason: reasonCodeName(reasonCode, 'disconnect'), cause: clipped(cause) }
        this.#tell(client, fields, 'the client is gone')
      },
      dropped: (client, reason) => this.#tell(client, { reason }, 'messages to it were dropped'),
    }
  }

  /** Says which broker. Until then nothing can be watched. */
  attach(broker: Pick<Broker, 'tap'>): void {
    this.#broker = broker
  }

  /** Begins. @throws {RangeError} a sentence, for a request that cannot be met. */
  start(request: WatchRequest): Watch {
    const fault = faultOf(request, this.#watches.size)
    if (fault !== undefined) throw new RangeError(fault)
    const watch = { ...request, id: ++this.#lastId, endsAt: this.#clock.now() + request.forMs }
    const end = this.#clock.after(request.forMs, () => this.stop(watch.id))
    this.#watches.set(watch.id, { watch, end })
    this.#tap ??= this.#broker?.tap(this.#listener())
    this.#log.info({ watch: watch.id, ...target(request) }, 'a watch begins')
    return watch
  }

  /** Ends one; false where it has ended. */
  stop(id: number): boolean {
    const running = this.#watches.get(id)
    if (running === undefined) return false
    this.#watches.delete(id)
    running.end[Symbol.dispose]()
    if (this.#watches.size === 0) {
      this.#tap?.[Symbol.dispose]()
      this.#tap = undefined
    }
    this.#log.info({ watch: id }, 'a watch has ended')
    return true
  }

  /** Those that go on. */
  list(): readonly Watch[] {
    return Array.from(this.#watches.values(), ({ watch }) => watch)
  }

  /** Ends all. */
  [Symbol.dispose](): void {
    for (const id of this.#watches.keys()) this.stop(id)
  }

  #listener(): Tap {
    /** Who those say they are that are not let in yet. */
    const claimed = new WeakMap<Tapped, string>()
    const whose = (at: Tapped): string | undefined => at.client?.clientId ?? claimed.get(at)
    return {
      received: (packet, from) => {
        if (packet.type === 'connect') claimed.set(from, packet.clientId)
        const topic = packet.type === 'publish' ? packet.topic : undefined
        this.#each(whose(from), topic, (payloadBytes) => [
          { ...placeOf(from, whose(from)), ...packetFields(packet, payloadBytes) },
          `from the client: ${packet.type.toUpperCase()}`,
        ])
      },
      sent: (packet, to) => {
        this.#each(whose(to), undefined, (payloadBytes) => [
          { ...placeOf(to, whose(to)), ...packetFields(packet, payloadBytes) },
          `to the client: ${packet.type.toUpperCase()}`,
        ])
      },
      delivered: (delivery, to) => {
        this.#each(whose(to), delivery.message.topic, (payloadBytes) => [
          { ...placeOf(to, whose(to)), ...deliveryFields(delivery, payloadBytes) },
          'to the client: PUBLISH',
        ])
      },
    }
  }

  #tell(client: ClientInfo, fields: object, message: string): void {
    if (this.#watches.size === 0) return
    const { clientId } = client
    this.#each(clientId, undefined, () => [{ clientId: clipped(clientId), ...fields }, message])
  }

  #each(
    clientId: string | undefined,
    topic: string | undefined,
    line: (payloadBytes: number) => readonly [fields: object, message: string],
  ): void {
    for (const { watch } of this.#watches.values()) {
      if (!concerns(watch, clientId, topic)) continue
      const { id, payloadBytes = 0 } = watch
      this.#repeats.line(
        String(id),
        () => {
          const [fields, message] = line(payloadBytes)
          this.#log.info({ watch: id, ...fields }, message)
        },
        (more) => this.#log.info({ watch: id, more }, 'and more that this watch has no lines for'),
      )
    }
  }
}

interface Running {
  readonly watch: Watch
  readonly end: Disposable
}

/** Of each watch in a second. */
const LINES_MAX = 200
const WATCHES_MAX = 16
const FOR_MS_MAX = 86_400_000
const PAYLOAD_BYTES_MAX = 1_024

function concerns(watch: Watch, clientId: string | undefined, topic: string | undefined): boolean {
  if (watch.clientId !== undefined && watch.clientId !== clientId) return false
  if (watch.topic === undefined) return true
  return topic !== undefined && matches(watch.topic, topic)
}

function placeOf({ origin }: Tapped, clientId: string | undefined): object {
  const { remoteAddress, listener } = origin
  return {
    ...(clientId !== undefined && { clientId: clipped(clientId) }),
    remoteAddress,
    ...(listener !== undefined && { listener }),
  }
}

function target({ clientId, topic, forMs }: WatchRequest): object {
  return {
    ...(clientId !== undefined && { clientId: clipped(clientId) }),
    ...(topic !== undefined && { topic: clipped(topic) }),
    seconds: forMs / 1000,
  }
}

function faultOf(request: WatchRequest, running: number): string | undefined {
  const { clientId, topic, forMs, payloadBytes = 0 } = request
  if (running >= WATCHES_MAX) return `There are ${WATCHES_MAX} watches already: stop one of them`
  if (clientId === undefined && topic === undefined) return 'Say which client or topic to watch'
  if (topic !== undefined) {
    const fault = topicFilterFault(topic)
    if (fault !== undefined) return fault.reason
    if (parseSharedFilter(topic) !== undefined) {
      return 'A watch takes no shared Topic Filter: leave out $share and the name behind it'
    }
  }
  if (!(forMs >= 1 && forMs <= FOR_MS_MAX)) {
    return `A watch takes 1 to ${FOR_MS_MAX} ms, not ${forMs}`
  }
  if (!(payloadBytes >= 0 && payloadBytes <= PAYLOAD_BYTES_MAX)) {
    return `A watch shows 0 to ${PAYLOAD_BYTES_MAX} bytes of a payload, not ${payloadBytes}`
  }
  return undefined
}
