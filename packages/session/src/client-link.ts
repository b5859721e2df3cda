/**
 * What there is from CONNACK to the end of a connection, at the client's end: the terms, the
 * exchanges in both directions, the requests, and the watch over the silence.
 */
import type { AcknowledgementPacket, PublishFrame, ReasonCode } from '@godwit/codec'
import type { ClientAuthentication } from './client-authentication.ts'
import type { ClientOutput } from './client-effects.ts'
import { ClientExchanges } from './client-exchanges.ts'
import type { Delivery } from './client-exchanges.ts'
import type { ClientHandshake } from './client-handshake.ts'
import type { ClientLimits } from './client-limits.ts'
import { ClientPublishing } from './client-publishing.ts'
import type { PublishOutcome } from './client-publishing.ts'
import { ClientRequests } from './client-requests.ts'
import type { ClientSession } from './client-session.ts'
import type { Instant } from './effects.ts'
import type { OutgoingMessage } from './outgoing-message.ts'
import { Pinging } from './pinging.ts'
import type { Receiver } from './receiver.ts'
import type { Sender } from './sender.ts'
import type { PublishVerdict } from './server-exchanges.ts'
import { checkProblemInformation } from './server-rules.ts'
import type { ServerTerms } from './server-terms.ts'

/** A connection whose client was let in. */
export class ClientLink<M extends OutgoingMessage> {
  readonly terms: ServerTerms
  readonly pinging: Pinging
  readonly requests: ClientRequests
  readonly exchanges: ClientExchanges<M>
  readonly authentication: ClientAuthentication
  readonly #request: ClientHandshake['request']
  readonly #sender: Sender<M>
  readonly #receiver: Receiver
  readonly #publishing: ClientPublishing<M>

  /** The session goes on with this connection. */
  constructor(
    handshake: ClientHandshake,
    terms: ServerTerms,
    session: ClientSession<M>,
    limits: ClientLimits,
    now: Instant,
  ) {
    const { request } = handshake
    const { version } = request
    const { sender, receiver } = session
    this.terms = terms
    this.pinging = new Pinging(terms.keepAlive, limits, now)
    this.requests = new ClientRequests(version, terms, sender)
    this.exchanges = new ClientExchanges(version, terms, session, limits)
    this.authentication = handshake.authentication
    this.#request = request
    this.#sender = sender
    this.#receiver = receiver
    this.#publishing = new ClientPublishing(version, terms, sender, limits.topicAliasOutboundMax)
  }

  get hasRoom(): boolean {
    return this.#sender.hasRoom
  }

  get resending(): boolean {
    return this.#sender.resending
  }

  receivePublish(frame: PublishFrame, now: Instant, output: ClientOutput<M>): PublishVerdict {
    this.pinging.heard(now)
    return this.exchanges.receive(frame, output)
  }

  receiveAcknowledgement(
    packet: AcknowledgementPacket,
    now: Instant,
    output: ClientOutput<M>,
  ): M | undefined {
    this.pinging.heard(now)
    checkProblemInformation(packet, this.#request)
    const message = this.exchanges.acknowledge(packet, output)
    if (this.#sender.resending) this.#publishing.resend(output)
    return message
  }

  settle(delivery: Delivery, reasonCode: ReasonCode, output: ClientOutput<M>): void {
    this.exchanges.settle(delivery, reasonCode, output)
  }

  publish(message: M, now: Instant, output: ClientOutput<M>): PublishOutcome {
    const outcome = this.#publishing.publish(message, output)
    if (outcome === 'sent') this.pinging.sent(now)
    return outcome
  }

  resend(output: ClientOutput<M>): void {
    this.#publishing.resend(output)
  }

  /** The connection is gone. */
  close(): void {
    this.requests.abandon()
    this.#sender.suspend()
    this.#receiver.suspend() // What is settled from now on is for the next connection to answer.
  }
}
