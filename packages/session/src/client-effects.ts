/**
 * What the client's end of a Network Connection wants done: data, for its owner to carry out in
 * order before the next input. The data plane has no effects: PUBLISH and its acknowledgements go
 * to a {@link ClientOutput} at once.
 */
import type {
  AuthPacket,
  MqttError,
  Packet,
  PropertiesOf,
  ReasonCode,
  SubscribePacket,
  UnsubscribePacket,
} from '@godwit/codec'
import type { AcknowledgementSink } from './acknowledgement-sink.ts'
import type { ConnectionEnd } from './connection-end.ts'
import type { ServerTerms } from './server-terms.ts'

/** What the client's end wants done. `M` is what its owner publishes. */
export type ClientEffect<M> =
  | SendEffect
  | ConnectedEffect<M>
  | AuthenticationEffect
  | ReauthenticatedEffect
  | SubscribedEffect
  | UnsubscribedEffect
  | ClientCloseEffect<M>

/** Put this on the wire, behind what is on its way already. */
export interface SendEffect<P extends Packet = Packet> {
  readonly type: 'send'
  readonly packet: P
}

/** The server let the client in. Call `resend`, for what a resumed session still has to say. */
export interface ConnectedEffect<M> {
  readonly type: 'connected'
  /**
   * Whether the server has kept the session: where not, its subscriptions are gone. Always false
   * in MQTT 3.1, whose server may have it and cannot say so.
   */
  readonly sessionPresent: boolean
  /** The messages of a session that was discarded, unacknowledged: publish them anew or not. */
  readonly discarded: readonly M[]
  readonly terms: ServerTerms
}

/** The server asks for more authentication: call `authenticate` or `end`, nothing else before. */
export interface AuthenticationEffect {
  readonly type: 'authentication'
  readonly packet: AuthPacket
}

/** What `reauthenticate` began has come to a good end. */
export interface ReauthenticatedEffect {
  readonly type: 'reauthenticated'
  readonly packet: AuthPacket
}

/** The SUBACK to a SUBSCRIBE: one code for each filter, in order. */
export interface SubscribedEffect {
  readonly type: 'subscribed'
  readonly request: SubscribePacket
  readonly reasonCodes: readonly ReasonCode[]
  readonly properties: PropertiesOf<'suback'>
}

/** The UNSUBACK to an UNSUBSCRIBE: one code for each filter, in order, all 0 before MQTT 5.0. */
export interface UnsubscribedEffect {
  readonly type: 'unsubscribed'
  readonly request: UnsubscribePacket
  readonly reasonCodes: readonly ReasonCode[]
  readonly properties: PropertiesOf<'unsuback'>
}

/**
 * The connection is over: send what is on its way, then close it. No effect follows. What was
 * subscribed and unsubscribed without an answer will get none.
 */
export interface ClientCloseEffect<M> extends ConnectionEnd {
  readonly type: 'close'
  /** The messages that were unacknowledged, if the session has ended with the connection. */
  readonly discarded: readonly M[]
}

/** Takes what the data plane puts on the wire at once, in the order of the calls. */
export interface ClientOutput<M> extends AcknowledgementSink {
  /** Whether `resend` may go on; what is published and acknowledged comes regardless. */
  readonly hasRoom: boolean
  /** A whole PUBLISH, in bytes that never change again. */
  publish(bytes: Uint8Array): void
  /**
   * A message of a resumed session cannot be sent to this server again. At QoS 2 the exchange is
   * still completed, for the server may have the message: `receiveAcknowledgement` returns it then.
   */
  refuse(message: M, error: MqttError): void
}
