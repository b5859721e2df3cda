/**
 * PUBLISH from the server and all acknowledgements at the client's end of one connection (§3.3 to
 * §3.7, §4.3): what this connection adds to the two halves of the session, which are role-blind.
 */
import { peerFault, ReasonCode, UINT16_MAX } from '@godwit/codec'
import type { AcknowledgementPacket, ProtocolVersion, PublishFrame } from '@godwit/codec'
import type { AcknowledgementSink } from './acknowledgement-sink.ts'
import type { ClientLimits } from './client-limits.ts'
import type { ClientSession } from './client-session.ts'
import type { Receiver } from './receiver.ts'
import { publishCode } from './publish-code.ts'
import type { Sender } from './sender.ts'
import type { PublishVerdict } from './server-exchanges.ts'
import type { ServerTerms } from './server-terms.ts'
import { InboundAliases } from './topic-aliases.ts'

/** What a PUBLISH is settled by. */
export type Delivery = Pick<PublishFrame, 'qos' | 'packetId'>

/** The exchanges of one connection. */
export class ClientExchanges<M> {
  readonly #version: ProtocolVersion
  readonly #sender: Sender<M>
  readonly #receiver: Receiver
  readonly #aliases: InboundAliases

  /** Both halves of the session go on with this connection. */
  constructor(
    version: ProtocolVersion,
    terms: ServerTerms,
    session: ClientSession<M>,
    limits: ClientLimits,
  ) {
    const { topicAliasMaximum, topicAliasBytesMax, receiveMaximum } = limits
    const { inFlightMax, inFlightMaxV3 } = limits
    this.#version = version
    this.#sender = session.sender
    this.#receiver = session.receiver
    // [MQTT-3.3.2-10] [MQTT-3.3.2-11]
    this.#aliases = new InboundAliases(topicAliasMaximum, topicAliasBytesMax, 'MQTT-3.3.2-11')
    const isVersion5 = version === 5
    this.#receiver.resume(isVersion5 ? receiveMaximum : UINT16_MAX)
    // [MQTT-3.3.4-7] [MQTT-4.9.0-1]
    this.#sender.resume(isVersion5 ? Math.min(terms.receiveMaximum, inFlightMax) : inFlightMaxV3)
  }

  /** A PUBLISH arrived. @throws {MqttError} */
  receive(frame: PublishFrame, sink: AcknowledgementSink): PublishVerdict {
    if (frame.carries('topicAlias')) this.#aliases.resolve(frame)
    if (frame.qos === 0) return 'deliver'
    const verdict = this.#receiver.begin(frame.qos, frame.packetId, sink)
    if (verdict !== 'quota-exceeded') return verdict
    throw peerFault(
      'More PUBLISHes are unfinished than the Receive Maximum of the client',
      ReasonCode.ReceiveMaximumExceeded,
      'MQTT-3.3.4-9',
    )
  }

  /** An acknowledgement arrived. Returns the message whose exchange it ends. */
  acknowledge(packet: AcknowledgementPacket, sink: AcknowledgementSink): M | undefined {
    const { type, packetId, reasonCode } = packet
    if (type === 'pubrel') {
      const known = this.#receiver.release(packetId) === 'complete'
      sink.acknowledge('pubcomp', packetId, known ? ReasonCode.Success : this.#notFound)
      return undefined // [MQTT-4.3.3-11]
    }
    const message = this.#sender.message(packetId)
    const verdict = this.#sender.receive(type, packetId, reasonCode)
    if (verdict === 'settled') return message
    if (verdict === 'release') {
      sink.acknowledge('pubrel', packetId, ReasonCode.Success) // [MQTT-4.3.3-4] [MQTT-4.6.0-4]
    } else if (type === 'pubrec' && reasonCode < 0x80) {
      sink.acknowledge('pubrel', packetId, this.#notFound)
    }
    return undefined
  }

  /** The owner has dealt with a PUBLISH. [MQTT-3.3.4-1] [MQTT-4.5.0-2] */
  settle({ qos, packetId }: Delivery, reasonCode: ReasonCode, sink: AcknowledgementSink): void {
    if (qos === 0) return
    this.#receiver.settle(packetId, publishCode(reasonCode, this.#version), sink)
  }

  /** The same for a PUBLISH of a connection that is gone: QoS 1 is sent again by the server. */
  settleLate({ qos, packetId }: Delivery, reasonCode: ReasonCode, sink: AcknowledgementSink): void {
    if (qos !== 2) return
    this.#receiver.abandon(packetId, publishCode(reasonCode, this.#version), sink)
  }

  /** What a handshake that is not known here is answered with (§4.3.3). [MQTT-2.2.1-5] */
  get #notFound(): ReasonCode {
    return this.#version === 5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success
  }
}
