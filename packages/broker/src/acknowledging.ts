/** The acknowledgements that one connection sends: at once, or when what they say is durable. */
import { encode, ReasonCode } from '@godwit/codec'
import type { AcknowledgementType, PacketIdentifier } from '@godwit/codec'
import type { AcknowledgementSink, ServerProtocol } from '@godwit/session'
import { HeldAnswer } from './held-answer.ts'
import type { HeldAnswerSender } from './held-answer.ts'
import type { Outbox } from './outbox.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** Where a connection says what it has taken, and what is done. */
export class Acknowledging implements AcknowledgementSink, HeldAnswerSender {
  /** Whose exchanges they are, once its client is let in. */
  session: BrokerSession | undefined
  readonly #surroundings: Surroundings
  readonly #protocol: ServerProtocol
  readonly #outbox: Outbox

  constructor(surroundings: Surroundings, protocol: ServerProtocol, outbox: Outbox) {
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
      this.#outbox.addAcknowledgement(type, packetId)
    } else {
      const bytes = encode({ type, packetId, reasonCode }, this.#protocol.version)
      // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
      if (bytes.length <= this.#protocol.maximumPacketSize) this.#outbox.add(bytes)
    }
  }

  /** See {@link HeldAnswerSender}. */
  sendHeld(type: 'pubrel' | 'pubcomp', packetId: PacketIdentifier): void {
    if (this.#protocol.state === 'connected') this.#outbox.addAcknowledgement(type, packetId)
  }
}
