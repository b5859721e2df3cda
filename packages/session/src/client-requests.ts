/**
 * SUBSCRIBE and UNSUBSCRIBE from the client's end (§3.8 to §3.11): what may be asked of this
 * server, and which answer belongs to which request. Requests die with their connection.
 */
import { encode, protocolError, ReasonCode, reasonCodeName } from '@godwit/codec'
import type {
  PacketIdentifier,
  PropertiesOf,
  ProtocolVersion,
  SubackPacket,
  SubscribePacket,
  Subscription,
  UnsubackPacket,
  UnsubscribePacket,
} from '@godwit/codec'
import type { SubscribedEffect, UnsubscribedEffect } from './client-effects.ts'
import { unavailableFilter } from './client-rules.ts'
import { checkSize, localFault } from './local-fault.ts'
import type { Sender } from './sender.ts'
import type { ServerTerms } from './server-terms.ts'

/** Where Packet Identifiers come from: requests and messages share them. [MQTT-2.2.1-3] */
export type PacketIdentifiers = Pick<Sender<unknown>, 'reserve' | 'free'>

/** The requests of one connection that wait for their answers. */
export class ClientRequests {
  readonly #version: ProtocolVersion
  readonly #terms: ServerTerms
  readonly #identifiers: PacketIdentifiers
  readonly #waiting = new Map<PacketIdentifier, SubscribePacket | UnsubscribePacket>()

  constructor(version: ProtocolVersion, terms: ServerTerms, identifiers: PacketIdentifiers) {
    this.#version = version
    this.#terms = terms
    this.#identifiers = identifiers
  }

  /** The SUBSCRIBE to send. @throws {MqttError} for what the server does not offer. */
  subscribe(
    subscriptions: readonly Subscription[],
    properties: PropertiesOf<'subscribe'> | undefined,
  ): SubscribePacket {
    if (properties?.subscriptionIdentifier !== undefined) checkIdentifier(this.#terms)
    for (const subscription of subscriptions) checkSubscription(subscription, this.#terms)
    const packetId = this.#reserve()
    return this.#begin<SubscribePacket>(
      properties === undefined
        ? { type: 'subscribe', packetId, subscriptions }
        : { type: 'subscribe', packetId, subscriptions, properties },
    )
  }

  /** The UNSUBSCRIBE to send. @throws {MqttError} */
  unsubscribe(
    filters: readonly string[],
    properties: PropertiesOf<'unsubscribe'> | undefined,
  ): UnsubscribePacket {
    const packetId = this.#reserve()
    return this.#begin<UnsubscribePacket>(
      properties === undefined
        ? { type: 'unsubscribe', packetId, filters }
        : { type: 'unsubscribe', packetId, filters, properties },
    )
  }

  /** A SUBACK came. @throws {MqttError} unless it answers a SUBSCRIBE. */
  subscribed({ packetId, reasonCodes, properties = {} }: SubackPacket): SubscribedEffect {
    const request = this.#waiting.get(packetId)
    if (request?.type !== 'subscribe') {
      throw protocolError(`A SUBACK answers no SUBSCRIBE: ${packetId}`, 'MQTT-3.8.4-2')
    }
    if (reasonCodes.length !== request.subscriptions.length) {
      throw protocolError('A SUBACK has not one code for each Topic Filter', 'MQTT-3.8.4-6')
    }
    this.#end(packetId)
    return { type: 'subscribed', request, reasonCodes, properties }
  }

  /** An UNSUBACK came. @throws {MqttError} unless it answers an UNSUBSCRIBE. */
  unsubscribed({ packetId, reasonCodes, properties = {} }: UnsubackPacket): UnsubscribedEffect {
    const request = this.#waiting.get(packetId)
    if (request?.type !== 'unsubscribe') {
      throw protocolError(`An UNSUBACK answers no UNSUBSCRIBE: ${packetId}`, 'MQTT-3.10.4-5')
    }
    if (this.#version === 5 && reasonCodes.length !== request.filters.length) {
      throw protocolError('An UNSUBACK has not one code for each Topic Filter', 'MQTT-3.11.3-1')
    }
    this.#end(packetId)
    const codes = this.#version === 5 ? reasonCodes : request.filters.map(() => ReasonCode.Success)
    return { type: 'unsubscribed', request, reasonCodes: codes, properties }
  }

  /** The connection is gone, and with it all requests. */
  abandon(): void {
    for (const packetId of this.#waiting.keys()) this.#identifiers.free(packetId)
    this.#waiting.clear()
  }

  #reserve(): PacketIdentifier {
    const packetId = this.#identifiers.reserve()
    if (packetId !== 0) return packetId
    throw localFault('No Packet Identifier is free', ReasonCode.QuotaExceeded, 'MQTT-2.2.1-3')
  }

  #begin<P extends SubscribePacket | UnsubscribePacket>(packet: P): P {
    try {
      checkSize(encode(packet, this.#version), this.#terms.maximumPacketSize)
    } catch (error) {
      this.#identifiers.free(packet.packetId)
      throw error
    }
    this.#waiting.set(packet.packetId, packet)
    return packet
  }

  #end(packetId: PacketIdentifier): void {
    this.#waiting.delete(packetId)
    this.#identifiers.free(packetId)
  }
}

function checkIdentifier(terms: ServerTerms): void {
  if (terms.subscriptionIdentifierAvailable) return
  const sentence = 'The server takes no Subscription Identifiers'
  throw localFault(sentence, ReasonCode.SubscriptionIdentifiersNotSupported)
}

function checkSubscription({ filter, noLocal }: Subscription, terms: ServerTerms): void {
  const reasonCode = unavailableFilter(filter, terms)
  if (reasonCode !== undefined) {
    throw localFault(`The server says: ${reasonCodeName(reasonCode)}`, reasonCode)
  }
  if (noLocal && filter.startsWith('$share/')) {
    const sentence = 'A Shared Subscription may not be No Local'
    throw localFault(sentence, ReasonCode.ProtocolError, 'MQTT-3.8.3-4')
  }
}
