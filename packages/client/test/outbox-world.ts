// The world of an outbox in tests: a clock, and connections that take what a test lets them take.
import { MqttError, ReasonCode } from '@godwit/codec'
import type { AcknowledgementPacket, SubscribePacket, UnsubscribePacket } from '@godwit/codec'
import type { PublishOutcome, ServerTerms } from '@godwit/session'
import { VirtualClock } from '@godwit/transport/testing'
import { ClientError } from '../src/errors.ts'
import type { LinkPort } from '../src/connection/link-port.ts'
import type { OutboxOptions } from '../src/options.ts'
import { Outbox } from '../src/outbox/outbox.ts'
import type { Publication } from '../src/outbox/publication.ts'
import { Counters } from '../src/statistics.ts'

/** What the program is told when its client was closed. */
export const CLOSED: ClientError = new ClientError('The client is closed.', { code: 'closed' })

/** One outbox, and the time. */
export class OutboxWorld {
  readonly clock: VirtualClock = new VirtualClock()
  readonly statistics: Counters = new Counters()
  readonly outbox: Outbox
  /** The time of day at 0 of the clock. */
  epoch: number

  constructor(options?: OutboxOptions, epoch = 1_000_000) {
    this.epoch = epoch
    const { clock, statistics } = this
    const timeOfDay = () => this.epoch + clock.now()
    this.outbox = new Outbox({ options, clock, statistics, timeOfDay })
  }

  /** A connection is there. */
  connect(link: FakeLink = new FakeLink(), discarded: readonly Publication[] = []): FakeLink {
    this.outbox.connected(link, discarded)
    this.clock.settle()
    return link
  }

  /** The server has answered the oldest message in flight. */
  acknowledge(link: FakeLink, reasonCode: ReasonCode = ReasonCode.Success): void {
    const publication = link.inFlight.shift()!
    const type = publication.qos === 2 ? 'pubcomp' : 'puback'
    this.answer(publication, { type, packetId: 1, reasonCode })
  }

  /** The server has answered. */
  answer(publication: Publication, packet: AcknowledgementPacket): void {
    this.outbox.acknowledged(publication, packet)
    this.outbox.flush()
  }
}

/** A connection that takes messages as long as it has room, and its server quota. */
export class FakeLink implements LinkPort {
  readonly version = 5
  readonly terms = {} as ServerTerms
  /** Everything that was sent, in order, with its properties at the time. */
  readonly sent: { readonly topic: string; readonly text: string; readonly properties?: object }[] =
    []
  /** What the session has, oldest first. */
  inFlight: Publication[] = []
  /** How many messages it takes before it has no room. */
  room: number = Infinity
  quota: number = Infinity
  /** Called in the middle of `publish`. */
  meanwhile: (() => void) | undefined

  get hasRoom(): boolean {
    return this.room > 0
  }

  /** The payloads of what was sent. */
  get texts(): string[] {
    return this.sent.map(({ text }) => text)
  }

  publish(message: Publication): PublishOutcome {
    if (message.topic === 'forbidden') throw FORBIDDEN
    if (message.topic === 'broken') throw new TypeError('broken')
    if (message.qos > 0 && this.inFlight.length >= this.quota) return 'wait'
    if (message.qos > 0) this.inFlight.push(message)
    this.room--
    const { topic, payload, properties } = message
    const text = new TextDecoder().decode(payload)
    this.sent.push({ topic, text, ...(properties !== undefined && { properties }) })
    this.meanwhile?.()
    return 'sent'
  }

  subscribe(): SubscribePacket {
    throw new Error('An outbox does not subscribe')
  }

  unsubscribe(): UnsubscribePacket {
    throw new Error('An outbox does not unsubscribe')
  }

  settle(): void {
    throw new Error('An outbox receives nothing')
  }
}

/** What a link throws for a message that its server may not be sent. */
export const FORBIDDEN: MqttError = new MqttError('The server retains no messages', {
  fault: 'local',
  reasonCode: ReasonCode.RetainNotSupported,
  statement: 'MQTT-3.2.2-14',
})

/** The error of a promise that must be rejected. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('The promise was to be rejected')
}

/** The code of the ClientError of a promise that must be rejected. */
export async function failureCode(promise: Promise<unknown>): Promise<string> {
  const error = await failure(promise)
  if (error instanceof ClientError) return error.code
  throw error
}

/** Whether a promise is still open. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  const ended = promise.then(
    () => undefined,
    () => undefined,
  )
  await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([ended, Promise.resolve(open)])) === open
}
