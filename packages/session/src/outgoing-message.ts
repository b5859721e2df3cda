/** What a client publishes, and the rules for it that CONNACK has set (§3.3). */
import { isQoS, ReasonCode } from '@godwit/codec'
import type { PropertiesOf, QoS } from '@godwit/codec'
import { localFault } from './local-fault.ts'
import type { ServerTerms } from './server-terms.ts'

/** An Application Message on its way out. It stays as it is until it is acknowledged. */
export interface OutgoingMessage {
  /** A Topic Name: at least one character, no wildcards. */
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  /** MQTT 5.0 only. Topic Aliases are given by the engine. */
  readonly properties?: Omit<PropertiesOf<'publish'>, 'topicAlias' | 'subscriptionIdentifier'>
}

/** Refuses what this server may not be sent. @throws {MqttError} */
export function checkMessage(message: OutgoingMessage, terms: ServerTerms): void {
  const { qos, retain, properties } = message
  if (qos > terms.maximumQoS) {
    const sentence = isQoS(qos)
      ? `QoS ${qos} is above the Maximum QoS ${terms.maximumQoS} of the server`
      : 'A QoS is 0, 1 or 2'
    throw localFault(sentence, ReasonCode.QoSNotSupported, 'MQTT-3.2.2-11')
  }
  if (retain && !terms.retainAvailable) {
    const sentence = 'The server retains no messages: publish without RETAIN'
    throw localFault(sentence, ReasonCode.RetainNotSupported, 'MQTT-3.2.2-14')
  }
  if (properties !== undefined) checkProperties(properties)
}

/** The types forbid these two; a program in plain JavaScript has not seen the types. */
function checkProperties(properties: PropertiesOf<'publish'>): void {
  if (properties.subscriptionIdentifier !== undefined) {
    const sentence = 'A client may not publish with a Subscription Identifier'
    throw localFault(sentence, ReasonCode.ProtocolError, 'MQTT-3.3.4-6')
  }
  if (properties.topicAlias !== undefined) {
    const sentence = 'Topic Aliases are given by the client itself: leave topicAlias out'
    throw localFault(sentence, ReasonCode.TopicAliasInvalid, 'MQTT-3.2.2-17')
  }
}
