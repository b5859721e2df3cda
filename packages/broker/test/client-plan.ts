// What a client with a lasting session is like.

import type { ProtocolVersion, Subscription } from '@godwit/codec'
import type { ClientLimits } from '@godwit/session'

/** What a client is like. */
export interface ClientPlan {
  readonly version: ProtocolVersion
  readonly subscriptions: readonly Subscription[]
  readonly limits: Pick<ClientLimits, 'receiveMaximum' | 'inFlightMax' | 'topicAliasMaximum'>
  /** Into how many bytes its connections cut what travels. */
  readonly segmentBytes: number
  readonly highWaterMarkBytes: number
  /** Whether it takes responsibility at once for what it is sent. */
  readonly settlesAtOnce: boolean
}

/** What it grants and demands. In older versions it is as patient as in MQTT 5.0. */
export function limitsOf({ limits }: ClientPlan): ClientLimits {
  return { ...LIMITS, ...limits, inFlightMaxV3: limits.inFlightMax }
}

const LIMITS: ClientLimits = {
  connectTimeoutMs: 10_000,
  pingTimeoutMs: 5000,
  pingLeadMs: 0,
  packetBytesMax: 268_435_460,
  receiveMaximum: 65_535,
  topicAliasMaximum: 0,
  topicAliasBytesMax: 1000,
  topicAliasOutboundMax: 2,
  inFlightMax: 100,
  inFlightMaxV3: 20,
}
