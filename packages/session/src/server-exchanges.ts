/**
 * PUBLISH and its acknowledgements at the server's end of one connection (§3.3 to §3.7, §4.3): what
 * this connection adds to the two halves of the session, which are role-blind and outlive it. The
 * message path: nothing here allocates but what `Sender` and `Receiver` keep.
 */
import { peerFault, ReasonCode, UINT16_MAX } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  ConnectPacket,
  PacketIdentifier,
  ProtocolVersion,
  PublishFrame,
} from '@godwit/codec'
import type { AcknowledgementSink } from './acknowledgement-sink.ts'
import { checkPublish } from './client-rules.ts'
import { inFlightMaximum, outboundAliasMaximum } from './client-terms.ts'
import type { Receiver } from './receiver.ts'
import { publishCode } from './publish-code.ts'
import type { Sender } from './sender.ts'
import type { ServerLimits } from './server-limits.ts'
import { InboundAliases, NO_OUTBOUND_ALIASES, OutboundAliases } from './topic-aliases.ts'

/** The two halves of a session's QoS 1 and 2 exchanges, as a connection needs them. */
export interface Exchanges {
  readonly sender: Pick<Sender<unknown>, 'receive' | 'resume'>
  readonly receiver: Receiver
}

/** What to do with a PUBLISH: deliver it on, or nothing, for it came before. */
export type PublishVerdict = 'deliver' | 'duplicate'

/**
 * What an acknowledgement did to the exchanges that the server began: one is over, one goes on, or
 * it was about none of them.
 */
export type AcknowledgementVerdict = 'settled' | 'pending' | 'none'

/** The exchanges of one connection. */
export class ServerExchanges {
  /** Which topics have an alias towards the client. */
  readonly outboundAliases: OutboundAliases
  readonly #sender: Exchanges['sender']
  readonly #receiver: Receiver
  readonly #aliases: InboundAliases
  readonly #limits: ServerLimits
  readonly #version: ProtocolVersion

  /** Both halves of the session go on with this connection. */
  constructor(connect: ConnectPacket, exchanges: Exchanges, limits: ServerLimits) {
    const { version } = connect
    this.#sender = exchanges.sender
    this.#receiver = exchanges.receiver
    this.#aliases = new InboundAliases(limits.topicAliasMaximum, limits.topicAliasBytesMax)
    this.#limits = limits
    this.#version = version
    const aliases = outboundAliasMaximum(connect, limits)
    this.outboundAliases = aliases > 0 ? new OutboundAliases(aliases) : NO_OUTBOUND_ALIASES
    this.#receiver.resume(version === 5 ? limits.receiveMaximum : UINT16_MAX)
    this.#sender.resume(inFlightMaximum(connect, limits))
  }

  /** A PUBLISH arrived. @throws {MqttError} */
  receive(frame: PublishFrame, sink: AcknowledgementSink): PublishVerdict {
    checkPublish(frame, this.#limits)
    if (!frame.forwardable) this.#aliases.resolve(frame) // [MQTT-3.3.2-12]
    if (frame.qos === 0) return 'deliver'
    const verdict = this.#receiver.begin(frame.qos, frame.packetId, sink)
    if (verdict !== 'quota-exceeded') return verdict
    throw peerFault(
      'More PUBLISHes are unfinished than the Receive Maximum of the server',
      ReasonCode.ReceiveMaximumExceeded,
      'MQTT-3.3.4-7',
    )
  }

  /** A PUBACK, PUBREC, PUBREL or PUBCOMP arrived. What it calls for goes to the sink. */
  acknowledge(packet: AcknowledgementPacket, sink: AcknowledgementSink): AcknowledgementVerdict {
    const { type, packetId, reasonCode } = packet
    if (type === 'pubrel') {
      const known = this.#receiver.release(packetId) === 'complete'
      sink.acknowledge('pubcomp', packetId, known ? ReasonCode.Success : this.#notFound)
      return 'none' // [MQTT-4.3.3-11]
    }
    const verdict = this.#sender.receive(type, packetId, reasonCode)
    if (verdict === 'settled') return 'settled'
    if (verdict === 'release') {
      sink.acknowledge('pubrel', packetId, ReasonCode.Success) // [MQTT-4.3.3-4]
      return 'pending'
    }
    // A PUBREC that refuses is the end of its exchange here and there.
    if (type === 'pubrec' && reasonCode < 0x80) {
      sink.acknowledge('pubrel', packetId, this.#notFound)
    }
    return 'none'
  }

  /**
   * The owner has dealt with a PUBLISH above QoS 0. Returns whether the version has an answer:
   * before MQTT 5.0 what is not authorized is acknowledged all the same, and there is no way to
   * refuse for another reason. Such a message is forgotten. [MQTT-3.3.4-1] [MQTT311-3.3.5-2]
   */
  settle(packetId: PacketIdentifier, reasonCode: ReasonCode, sink: AcknowledgementSink): boolean {
    if (this.#version === 5 || reasonCode < 0x80 || reasonCode === ReasonCode.NotAuthorized) {
      this.#receiver.settle(packetId, publishCode(reasonCode, this.#version), sink)
      return true
    }
    this.#receiver.abandon(packetId, reasonCode)
    return false
  }

  /** What a handshake that is not known here is answered with (§4.3.3). [MQTT-2.2.1-5] */
  get #notFound(): ReasonCode {
    return this.#version === 5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success
  }
}
