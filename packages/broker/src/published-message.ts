/** What observers are told of a message that was taken. */
import type { PropertiesOf, QoS } from '@godwit/codec'
import type { Message } from './message.ts'

/** A message as its publisher said it. */
export interface PublishedMessage {
  readonly topic: string
  /** The observer's own to keep. */
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties: PropertiesOf<'publish'>
  /** The Client Identifier of who published it or left it as a Will; none for the program. */
  readonly publisher: string | undefined
}

/** A copy of a message, without what belongs to its connection. */
export function publishedMessage(message: Message): PublishedMessage {
  const { topic, payload, qos, retain, publisher } = message
  const { topicAlias: _, ...properties } = message.source.properties ?? {}
  // A Buffer's slice would be no copy.
  return { topic, payload: new Uint8Array(payload), qos, retain, properties, publisher }
}
