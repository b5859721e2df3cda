/**
 * What a client may not say in a packet that is well-formed by itself, because of who it is, what
 * it was told in CONNACK, or what it said in CONNECT. Each breach is an `MqttError` of the peer.
 */
import { peerFault, protocolError, ReasonCode, senderOf } from '@godwit/codec'
import type {
  DisconnectPacket,
  ProtocolVersion,
  PublishFrame,
  SubscribePacket,
} from '@godwit/codec'
import type { ServerLimits } from './server-limits.ts'

/** Checks a PUBLISH against what the server offers. @throws {MqttError} */
export function checkPublish(frame: PublishFrame, limits: ServerLimits): void {
  if (frame.qos > limits.maximumQoS) {
    throw peerFault(
      `A PUBLISH of QoS ${frame.qos} is above the Maximum QoS ${limits.maximumQoS}`,
      ReasonCode.QoSNotSupported,
      'MQTT-3.2.2-11',
    )
  }
  if (frame.version !== 5) return
  if (frame.retain && !limits.retainAvailable) {
    throw peerFault(
      'A PUBLISH has RETAIN set, and Retain Available is 0',
      ReasonCode.RetainNotSupported,
      'MQTT-3.2.2-14',
    )
  }
  if (frame.carries('subscriptionIdentifier')) {
    throw protocolError("A client's PUBLISH has a Subscription Identifier", 'MQTT-3.3.4-6')
  }
}

/**
 * Checks a SUBSCRIBE against what the server offers. Clients before MQTT 5.0 were told nothing of
 * that: there the owner refuses the filter alone, see {@link unavailableFilter}.
 * @throws {MqttError}
 */
export function checkSubscribe(
  packet: SubscribePacket,
  version: ProtocolVersion,
  limits: ServerLimits,
): void {
  if (version !== 5) return
  const identifier = packet.properties?.subscriptionIdentifier
  if (identifier !== undefined && !limits.subscriptionIdentifierAvailable) {
    throw peerFault(
      'A SUBSCRIBE has an identifier, and Subscription Identifiers Available is 0',
      ReasonCode.SubscriptionIdentifiersNotSupported,
    )
  }
  for (const { filter, noLocal } of packet.subscriptions) {
    const reasonCode = unavailableFilter(filter, limits)
    if (reasonCode !== undefined) {
      throw peerFault('A SUBSCRIBE asks for what CONNACK said is not available', reasonCode)
    }
    if (noLocal && filter.startsWith('$share/')) {
      throw protocolError('No Local is set on a Shared Subscription', 'MQTT-3.8.3-4')
    }
  }
}

/**
 * The Reason Code that says which capability a Topic Filter needs and the server lacks, or
 * `undefined`. [MQTT311-3.8.3-2]
 */
export function unavailableFilter(
  filter: string,
  limits: Pick<ServerLimits, 'sharedSubscriptionAvailable' | 'wildcardSubscriptionAvailable'>,
): ReasonCode | undefined {
  if (!limits.sharedSubscriptionAvailable && filter.startsWith('$share/')) {
    return ReasonCode.SharedSubscriptionsNotSupported
  }
  if (!limits.wildcardSubscriptionAvailable && (filter.includes('+') || filter.includes('#'))) {
    return ReasonCode.WildcardSubscriptionsNotSupported
  }
  return undefined
}

/** Checks the Reason Code of a DISCONNECT. @throws {MqttError} */
export function checkDisconnect(packet: DisconnectPacket): void {
  if (senderOf(packet.reasonCode, 'disconnect') === 'server') {
    throw protocolError('A client sent a DISCONNECT code of a server', 'MQTT-3.14.2-1')
  }
}

/**
 * What is wrong with a packet that came before CONNACK: it is the client's fault where the client
 * was to speak, and else a `TypeError`, for the owner of the connection was to speak first.
 */
export function outOfTurn(connectCame: boolean, authAwaited: boolean): Error {
  if (!connectCame) {
    return protocolError('The first packet of a connection must be CONNECT', 'MQTT-3.1.0-1')
  }
  if (!authAwaited) return new TypeError('Call accept, reject or challenge before the next input')
  return protocolError('Before CONNACK a client may send AUTH and DISCONNECT only', 'MQTT-3.1.2-30')
}
