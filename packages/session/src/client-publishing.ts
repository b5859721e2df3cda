/**
 * PUBLISH from the client's end (§3.3): what may go to this server, under which Topic Alias, and
 * what is sent again when a session is resumed. Of one connection; the exchanges are the session's.
 */
import { encode, MqttError, ReasonCode } from '@godwit/codec'
import type { PacketIdentifier, PropertiesOf, ProtocolVersion } from '@godwit/codec'
import type { ClientOutput } from './client-effects.ts'
import { checkSize } from './local-fault.ts'
import { checkMessage } from './outgoing-message.ts'
import type { OutgoingMessage } from './outgoing-message.ts'
import type { Sender } from './sender.ts'
import type { ServerTerms } from './server-terms.ts'
import { OutboundAliases } from './topic-aliases.ts'

/**
 * What became of a message. `sent`: it is on its way; at QoS 1 and 2 `receiveAcknowledgement` will
 * return it. `wait`: nothing was done, for the server takes no more now; try again when an exchange
 * has ended, or the next connection is there.
 */
export type PublishOutcome = 'sent' | 'wait'

/** Sends the messages of one connection. */
export class ClientPublishing<M extends OutgoingMessage> {
  readonly #version: ProtocolVersion
  readonly #terms: ServerTerms
  readonly #sender: Sender<M>
  readonly #aliases: OutboundAliases

  constructor(version: ProtocolVersion, terms: ServerTerms, sender: Sender<M>, aliasesMax: number) {
    this.#version = version
    this.#terms = terms
    this.#sender = sender
    // [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]
    this.#aliases = new OutboundAliases(Math.min(terms.topicAliasMaximum, aliasesMax))
  }

  /** Sends a message for the first time. @throws {MqttError} for one that may not be sent. */
  publish(message: M, output: ClientOutput<M>): PublishOutcome {
    checkMessage(message, this.#terms)
    const { qos } = message
    if (qos === 0) {
      output.publish(this.#encode(message, 0, false))
      return 'sent'
    }
    const packetId = this.#sender.begin(qos, message)
    if (packetId === 0) return 'wait' // [MQTT-3.3.4-7] [MQTT-4.9.0-2]
    if (this.#sender.clears(packetId)) {
      output.acknowledge('pubrel', packetId, ReasonCode.Success)
      return 'sent'
    }
    try {
      output.publish(this.#encode(message, packetId, false)) // [MQTT-4.3.2-2] [MQTT-4.3.3-2]
    } catch (error) {
      const type = qos === 1 ? 'puback' : 'pubrec'
      this.#sender.receive(type, packetId, ReasonCode.UnspecifiedError)
      throw error
    }
    return 'sent'
  }

  /** Sends again what is due, as far as quota and output allow. [MQTT-4.4.0-1] */
  resend(output: ClientOutput<M>): void {
    this.#sender.resend({
      release: (packetId) => output.acknowledge('pubrel', packetId, ReasonCode.Success),
      publish: (packetId, _, message, again) => this.#resend(packetId, message, again, output),
    })
  }

  #resend(
    packetId: PacketIdentifier,
    message: M,
    again: boolean,
    output: ClientOutput<M>,
  ): 'sent' | 'wait' | 'over' {
    if (!output.hasRoom) return 'wait'
    try {
      checkMessage(message, this.#terms)
      output.publish(this.#encode(message, packetId, again))
      return 'sent'
    } catch (error) {
      if (!(error instanceof MqttError)) throw error
      output.refuse(message, error)
      return 'over'
    }
  }

  /** [MQTT-3.2.2-15] */
  #encode(message: M, packetId: PacketIdentifier, dup: boolean): Uint8Array {
    const { topic } = message
    const alias = this.#aliases.enabled ? this.#aliases.use(topic) : 0
    if (alias > 0) return this.#encodeAs('', alias, message, packetId, dup)
    if (alias === 0) return this.#encodeAs(topic, 0, message, packetId, dup)
    try {
      return this.#encodeAs(topic, -alias, message, packetId, dup)
    } catch {
      // To introduce an alias takes room itself: the message may fit without.
      this.#aliases.forget(topic)
      return this.#encodeAs(topic, 0, message, packetId, dup)
    }
  }

  #encodeAs(
    topic: string,
    topicAlias: number,
    message: M,
    packetId: PacketIdentifier,
    dup: boolean,
  ): Uint8Array {
    const { payload, qos, retain } = message
    const properties = propertiesOf(message, topicAlias)
    const bytes = encode(
      { type: 'publish', topic, payload, qos, retain, dup, packetId, properties },
      this.#version,
    )
    checkSize(bytes, this.#terms.maximumPacketSize)
    return bytes
  }
}

const NO_PROPERTIES: PropertiesOf<'publish'> = {}

function propertiesOf(message: OutgoingMessage, topicAlias: number): PropertiesOf<'publish'> {
  const { properties } = message
  if (topicAlias === 0) return properties ?? NO_PROPERTIES
  return properties === undefined ? { topicAlias } : { ...properties, topicAlias }
}
