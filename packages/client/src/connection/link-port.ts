/** What the rooms of a client may ask of the connection that is there. */
import type {
  PropertiesOf,
  ProtocolVersion,
  ReasonCode,
  SubscribePacket,
  Subscription,
  UnsubscribePacket,
} from '@godwit/codec'
import type { Delivery, PublishOutcome, ServerTerms } from '@godwit/session'
import type { Publication } from '../outbox/publication.ts'

/** One Network Connection whose client was let in. */
export interface LinkPort {
  readonly version: ProtocolVersion
  readonly terms: ServerTerms
  /** Whether the transport takes more; where not, the outbox is told when it does. */
  readonly hasRoom: boolean
  /**
   * Sends a message, or says that it has to wait until an exchange has ended.
   * @throws {MqttError} for one that this server may not be sent.
   */
  publish(message: Publication): PublishOutcome
  /** Returns the packet that the answer will name. @throws {MqttError} */
  subscribe(
    subscriptions: readonly Subscription[],
    properties?: PropertiesOf<'subscribe'>,
  ): SubscribePacket
  /** Returns the packet that the answer will name. @throws {MqttError} */
  unsubscribe(filters: readonly string[]): UnsubscribePacket
  /** Settles a message that came by this connection, even when that is gone. */
  settle(delivery: Delivery, reasonCode: ReasonCode): void
}
