/** `@godwit/session`: the MQTT protocol without I/O, both ends and what a session keeps. */
export type { AcknowledgementSink } from './acknowledgement-sink.ts'
export { unavailableFilter } from './client-rules.ts'
export type { Acceptance } from './connack-terms.ts'
export type { CloseEffect, Instant, ServerEffect, ServerEffects } from './effects.ts'
export type { ClosingDetails, Remarks } from './remarks.ts'
export { ServerProtocol } from './server.ts'
export type { ServerState } from './server.ts'
export type { AcknowledgementVerdict, Exchanges, PublishVerdict } from './server-exchanges.ts'
export type { ServerLimits } from './server-limits.ts'
export type { ControlPacket } from './server-requests.ts'
export { InboundAliases, OutboundAliases } from './topic-aliases.ts'
export { Receiver } from './receiver.ts'
export type { ReceiverVerdict } from './receiver.ts'
export { Sender } from './sender.ts'
export type { Resending, ResendOutcome, SenderVerdict } from './sender.ts'
export { ClientProtocol } from './client.ts'
export type { ClientState } from './client.ts'
export type { AuthenticationDetails } from './client-authentication.ts'
export type { ConnectOptions } from './client-connect.ts'
export type { LeavingDetails } from './client-disconnect.ts'
export type {
  AuthenticationEffect,
  ClientCloseEffect,
  ClientEffect,
  ClientOutput,
  ConnectedEffect,
  ReauthenticatedEffect,
  SendEffect,
  SubscribedEffect,
  UnsubscribedEffect,
} from './client-effects.ts'
export type { Delivery } from './client-exchanges.ts'
export type { ClientLimits } from './client-limits.ts'
export type { PublishOutcome } from './client-publishing.ts'
export { ClientSession } from './client-session.ts'
export type { ConnectionEnd } from './connection-end.ts'
export type { OutgoingMessage } from './outgoing-message.ts'
export type { ServerTerms } from './server-terms.ts'
