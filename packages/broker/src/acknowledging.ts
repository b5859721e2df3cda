/** The acknowledgements that one connection sends: at once, or when what they say is durable. */
import { encode, ReasonCode } from '@godwit/codec'
import type { AcknowledgementType, PacketIdentifier } from '@godwit/codec'
import type { AcknowledgementSink, ServerProtocol } from '@godwit/session'
import { HeldAnswer } from './held-answer.ts'
import type { HeldAnswerSender } from './held-answer.ts'
import type { Outbox } from './outbox.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'
import type { Tapped } from './taps.ts'

/** Where a connection says what it has taken, and what is done. */
export class Acknowledging implements AcknowledgementSink, HeldAnswerSender {
  /** Whose exchanges they are, once its client is let in. */
  session: BrokerSession | undefined
  readonly #tapped: Tapped
  readonly #surroundings: Surroundings
  readonly #protocol: ServerProtocol
  readonly #outbox: Outbox

  constructor(
    tapped: Tapped,
    surroundings: Surroundings,
    protocol: ServerProtocol,
    outbox: Outbox,
  ) {
    this.#tapped = tapped
    this.#surroundings = surroundings
    this.#protocol = protocol
    this.#outbox = outbox
  }

  /** See {@link AcknowledgementSink}. */
  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    const isDone = reasonCode === ReasonCode.Success
    if (isDone && type === 'pubrel' && this.session?.durability !== undefined) {
      this.session.durability.afterProgress(new HeldAnswer(this, type, packetId))
    } else if (type === 'pubcomp' && this.session?.keeping?.released(packetId) === true) {
      this.#surroundings.journal?.when(new HeldAnswer(this, type, packetId))
    } else if (isDone) {
      this.#add(type, packetId)
    } else {
      this.#surroundings.taps.sent?.({ type, packetId, reasonCode }, this.#tapped)
      const bytes = encode({ type, packetId, reasonCode }, this.#protocol.version)
      // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
      if (bytes.length <= this.#protocol.maximumPacketSize) this.#outbox.add(bytes)
    }
  }

  /** See {@link HeldAnswerSender}. */
  sendHeld(type: 'pubrel' | 'pubcomp', packetId: PacketIdentifier): void {
    if (this.#protocol.state === 'connected') this.#add(type, packetId)
  }

  #add(type: AcknowledgementType, packetId: PacketIdentifier): void {
    const { taps } = this.#surroundings
    taps.sent?.({ type, packetId, reasonCode: ReasonCode.Success }, this.#tapped)
    this.#outbox.addAcknowledgement(type, packetId)
  }
}
