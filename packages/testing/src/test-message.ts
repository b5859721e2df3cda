/** A message that the broker took, as a test looks at it. */
import type { PublishedMessage } from '@godwit/broker'
import type { PropertiesOf, QoS } from '@godwit/codec'

/** What was published, by whom, and when. */
export class TestMessage implements PublishedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties: PropertiesOf<'publish'>
  /** The Client Identifier of who published it or left it as a Will; none for the test itself. */
  readonly publisher: string | undefined
  /** When the broker took it: milliseconds of the world's clock. */
  readonly at: number

  constructor(message: PublishedMessage, at: number) {
    this.topic = message.topic
    this.payload = message.payload
    this.qos = message.qos
    this.retain = message.retain
    this.properties = message.properties
    this.publisher = message.publisher
    this.at = at
  }

  /** The payload as UTF-8 text. */
  text(): string {
    return new TextDecoder().decode(this.payload)
  }

  /** The payload as JSON. @throws {SyntaxError} if it is none. */
  json(): unknown {
    return JSON.parse(this.text())
  }
}
