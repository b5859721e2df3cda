/**
 * What a client publishes: whether it may, who takes it, and the acknowledgement. A message is
 * acknowledged when somebody has taken responsibility for it, and not before.
 */
import { MqttError, peerFault, ReasonCode, reasonCodeName } from '@godwit/codec'
import type { PublishFrame } from '@godwit/codec'
import type { AcknowledgementSink, ServerProtocol } from '@godwit/session'
import type { ConnectionHost } from './connection-host.ts'
import { fits } from './limits.ts'
import { Message } from './message.ts'
import { isReserved } from './reserved-topics.ts'
import type { BrokerSession } from './session.ts'
import { Settlement } from './settlement.ts'
import type { Settling, ToSettle } from './settlement.ts'
import type { Surroundings } from './surroundings.ts'
import type { Tapped } from './taps.ts'
import { Withheld } from './withheld.ts'

/** The publishing side of one connection. */
export class Publishing implements Settling {
  readonly #surroundings: Surroundings
  readonly #protocol: ServerProtocol
  readonly #host: ConnectionHost & Tapped
  readonly #sink: AcknowledgementSink
  #withheld: Withheld | undefined
  /** What was taken and could not be stored, and will be withheld behind that. */
  readonly #unstored: ToSettle[] = []
  /** Lets the connection be read on, once less of it waits to be durable. */
  #wake: ((act: () => void) => void) | undefined
  /** A guard makes up its mind about this one. */
  #undecided: PublishFrame | undefined

  constructor(
    surroundings: Surroundings,
    protocol: ServerProtocol,
    host: ConnectionHost & Tapped,
    sink: AcknowledgementSink,
  ) {
    this.#surroundings = surroundings
    this.#protocol = protocol
    this.#host = host
    this.#sink = sink
  }

  /** When to call `retry`; Infinity for never. */
  get retryAt(): number {
    return this.#withheld?.nextAt ?? Infinity
  }

  /** A PUBLISH came. @throws {MqttError} */
  take(frame: PublishFrame, session: BrokerSession | undefined): void {
    const { turn, counters, guarding, overload, taps } = this.#surroundings
    const verdict = this.#protocol.receivePublish(frame, turn.now, this.#sink)
    taps.received?.(frame, this.#host)
    counters.messagesIn++
    if (frame.qos === 1) counters.qos1In++
    else if (frame.qos === 2) counters.qos2In++
    counters.payloadBytesIn += frame.length - frame.payloadAt
    if (session === undefined) return
    session.deliveries.tally.messagesIn++
    if (verdict === 'duplicate') return
    if (overload.level > 0 && frame.qos === 0) counters.messagesDropped.overload++
    else if (isReserved(frame.topic)) this.#settle(frame, session, ReasonCode.NotAuthorized)
    else if (guarding.authorizes) this.#authorize(frame, session)
    else this.#route(frame, session)
  }

  /** Offers the message that is withheld again. */
  retry(now: number): void {
    const withheld = this.#withheld
    if (withheld === undefined) return
    const { frame, message, session } = withheld
    const code = this.#offer(message, frame, session)
    if (code === ReasonCode.QuotaExceeded && withheld.refused(now)) return
    this.#withheld = undefined
    withheld.release(() => {
      this.#answer(frame, message, session, code)
      this.#withholdNext()
    })
  }

  /** The connection is gone: what was not acknowledged on it is the client's to send again. */
  closed(session: BrokerSession | undefined): void {
    const withheld = this.#withheld
    const undecided = this.#undecided
    this.#withheld = undefined
    this.#undecided = undefined
    // Published later, it could come behind what its client says on its next connection.
    this.#wake?.(() => {})
    this.#wake = undefined
    if (undecided !== undefined && session !== undefined) {
      this.#settle(undecided, session, ReasonCode.UnspecifiedError)
    }
    if (withheld !== undefined) {
      this.#settle(withheld.frame, withheld.session, ReasonCode.QuotaExceeded)
    }
    for (const one of this.#unstored.splice(0)) {
      this.#settle(one.frame, one.session, ReasonCode.QuotaExceeded)
    }
  }

  #authorize(frame: PublishFrame, session: BrokerSession): void {
    const { topic, qos, retain } = frame
    const action = { type: 'publish', topic, qos, retain } as const
    const decision = this.#surroundings.guarding.authorize(action, session.client)
    if (!(decision instanceof Promise)) {
      this.#decided(frame, session, decision)
      return
    }
    this.#undecided = frame.own()
    this.#host.wait(decision.then((code) => () => this.#decidedLater(frame, session, code)))
  }

  #decidedLater(frame: PublishFrame, session: BrokerSession, code: ReasonCode): void {
    if (this.#undecided !== frame) return // The connection is gone.
    this.#undecided = undefined
    this.#decided(frame, session, code)
  }

  #decided(frame: PublishFrame, session: BrokerSession, code: ReasonCode): void {
    if (code >= 0x80) this.#settle(frame, session, code)
    else this.#route(frame, session)
  }

  #route(frame: PublishFrame, session: BrokerSession): void {
    const message = new Message(frame, this.#surroundings.turn.now, session.client.clientId)
    const code = this.#offer(message, frame, session)
    if (frame.qos === 0) return
    const full = code === ReasonCode.QuotaExceeded
    if (full && frame.version !== 5 && this.#protocol.state === 'connected') {
      this.#withhold(frame, message, session)
    } else {
      this.#answer(frame, message, session, code)
    }
  }

  #answer(frame: PublishFrame, message: Message, session: BrokerSession, code: ReasonCode): void {
    if (code < 0x80 && this.#isToBeDurable(message))
      this.#settleLater(frame, message, session, code)
    else this.#settle(frame, session, code)
  }

  /** Whether the acknowledgement has to wait for the store. */
  #isToBeDurable(message: Message): boolean {
    if (this.#surroundings.journal === undefined) return false
    return (
      message.entry !== undefined || (message.retain && this.#surroundings.terms.retainAvailable)
    )
  }

  /** [MQTT-4.3.2-4] [MQTT-4.3.3-8]: an acknowledgement is for good. */
  #settleLater(
    frame: PublishFrame,
    message: Message,
    session: BrokerSession,
    code: ReasonCode,
  ): void {
    const { journal } = this.#surroundings
    if (frame.qos === 2) session.durability?.keeping.received(frame.packetId)
    journal?.when(new Settlement(this, { frame, message, session, code }))
    const { receiver } = session
    const isBehind = receiver.mustWait || journal?.isBehind === true
    if (!isBehind || this.#wake !== undefined) return
    this.#host.wait(
      new Promise((resolve) => {
        this.#wake = resolve
      }),
    )
  }

  /** See {@link Settling}. */
  settled({ frame, session, code }: ToSettle): void {
    this.#settle(frame, session, code)
    const isBehind = session.receiver.mustWait || this.#surroundings.journal?.isBehind === true
    if (isBehind && session.receiver.unsettled > 0) return
    this.#wake?.(() => {})
    this.#wake = undefined
  }

  /** See {@link Settling}: others may have it, but it is not safe. */
  notStored(one: ToSettle): void {
    const { frame, message, session } = one
    if (frame.qos === 2) session.durability?.keeping.released(frame.packetId)
    if (frame.version === 5 || this.#protocol.state !== 'connected') {
      this.settled({ ...one, code: ReasonCode.QuotaExceeded })
      return
    }
    message.entry = undefined
    this.#unstored.push(one)
    const wake = this.#wake
    this.#wake = undefined
    if (wake === undefined) this.#withholdNext()
    else wake(() => this.#withholdNext())
  }

  #withholdNext(): void {
    const next = this.#withheld === undefined ? this.#unstored.shift() : undefined
    if (next !== undefined) this.#withhold(next.frame, next.message, next.session)
  }

  /** @throws {MqttError} only at QoS 0: whatever is above it gets an answer. */
  #offer(message: Message, frame: PublishFrame, session: BrokerSession): ReasonCode {
    try {
      if (frame.carries('responseTopic')) this.#checkResponseTopic(frame)
      return this.#surroundings.intake.take(message, session)
    } catch (error) {
      if (frame.qos > 0 && error instanceof MqttError) return error.reasonCode
      // Else the session would wait for its settlement for ever.
      if (frame.qos === 2) session.receiver.abandon(frame.packetId, ReasonCode.UnspecifiedError)
      throw error
    }
  }

  /** Whoever answers to it would be refused in the place of whom it came from. */
  #checkResponseTopic({ properties: { responseTopic = '' } }: PublishFrame): void {
    if (fits(responseTopic, this.#surroundings.limits)) return
    throw peerFault('A Response Topic is too long or too deep', ReasonCode.TopicNameInvalid)
  }

  #settle(
    frame: Pick<PublishFrame, 'qos' | 'packetId'>,
    session: BrokerSession,
    code: ReasonCode,
  ): void {
    if (code >= 0x80) this.#surroundings.counters.publishesRefused++
    if (frame.qos === 0) return
    if (this.#protocol.state === 'connected') {
      const cause = code < 0x80 ? '' : `A PUBLISH was refused: ${reasonCodeName(code)}`
      this.#host.run(this.#protocol.settle(frame.packetId, code, cause, this.#sink))
    } else if (frame.qos === 2) {
      session.abandon(frame.packetId, code)
    }
  }

  #withhold(frame: PublishFrame, message: Message, session: BrokerSession): void {
    const { turn, limits } = this.#surroundings
    const held = new Promise<() => void>((release) => {
      this.#withheld = new Withheld({ frame, message, session, release }, limits, turn.now)
    })
    this.#host.wait(held)
  }
}
