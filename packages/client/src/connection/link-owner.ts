/** What a connection is made of, and whom it tells what happens on it. */
import type { AcknowledgementPacket, AuthPacket, MqttError, PublishFrame } from '@godwit/codec'
import type {
  ClientCloseEffect,
  ClientLimits,
  ClientOutput,
  ClientSession,
  ConnectedEffect,
  SubscribedEffect,
  UnsubscribedEffect,
} from '@godwit/session'
import type { Clock, Transport } from '@godwit/transport'
import type { Publication } from '../outbox/publication.ts'

/** Who is told what happens on a connection, until it has `ended`. */
export interface LinkOwner {
  /** The server let the client in; `proceed` goes on with what is behind its CONNACK. */
  entered(effect: ConnectedEffect<Publication>): void
  /** The server asks for more authentication; `authenticate` answers. */
  challenged(packet: AuthPacket): void
  /** Another authentication has succeeded. */
  reauthenticated(packet: AuthPacket): void
  subscribed(effect: SubscribedEffect): void
  unsubscribed(effect: UnsubscribedEffect): void
  /** A message came, to be settled once if its QoS is above 0. */
  deliver(frame: PublishFrame): void
  /** An exchange is over. */
  acknowledged(publication: Publication, packet: AcknowledgementPacket): void
  /** A message cannot be sent to this server again. */
  refused(publication: Publication, error: MqttError): void
  /** The transport takes more, or exchanges have ended. */
  room(): void
  /** The connection is over, because of `fault` if something in here was thrown. Called once. */
  ended(effect: ClientCloseEffect<Publication>, fault: unknown): void
  /** Where answers go that are due when their own connection is gone. */
  readonly output: ClientOutput<Publication>
}

/** What a connection is made of. */
export interface LinkParts {
  readonly transport: Transport
  readonly session: ClientSession<Publication>
  readonly limits: ClientLimits
  readonly clock: Clock
  readonly owner: LinkOwner
}
