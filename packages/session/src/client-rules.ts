/**
 * What a client may not say in a packet that is well-formed by itself, because of who it is, what
 * it was told in CONNACK, or what it said in CONNECT. Each breach is an `MqttError` of the peer.
 */
import { peerFault, protocolError, ReasonCode, senderOf } from '@godwit/codec'
import type { DisconnectPacket, PublishFrame, SubscribePacket } from '@godwit/codec'
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
  if (!frame.forwardable) throw ofOneConnection(frame)
}

/** Checks the Subscription Options of a SUBSCRIBE. @throws {MqttError} */
export function checkSubscribe(packet: SubscribePacket): void {
  for (const { filter, noLocal } of packet.subscriptions) {
    if (noLocal && filter.startsWith('$share/')) {
      throw protocolError('No Local is set on a Shared Subscription', 'MQTT-3.8.3-4')
    }
  }
}

/**
 * Checks a DISCONNECT of a client whose CONNECT asked for this Session Expiry Interval.
 * @throws {MqttError}
 */
export function checkDisconnect(packet: DisconnectPacket, sessionExpiryInterval: number): void {
  if (senderOf(packet.reasonCode, 'disconnect') === 'server') {
    throw protocolError('A client sent a DISCONNECT code of a server', 'MQTT-3.14.2-1')
  }
  const wanted = packet.properties?.sessionExpiryInterval ?? 0
  if (sessionExpiryInterval === 0 && wanted > 0) {
    throw protocolError('A DISCONNECT sets a Session Expiry Interval where CONNECT had none')
  }
}

function ofOneConnection(frame: PublishFrame): Error {
  if (frame.carries('subscriptionIdentifier')) {
    return protocolError("A client's PUBLISH has a Subscription Identifier", 'MQTT-3.3.4-6')
  }
  return peerFault(
    'A Topic Alias is above the Topic Alias Maximum, which is 0',
    ReasonCode.TopicAliasInvalid,
    'MQTT-3.3.2-9',
  )
}
