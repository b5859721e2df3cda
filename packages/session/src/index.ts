/** `@godwit/session`: the MQTT protocol without I/O. At this size: the server end at QoS 0. */
export type { Acceptance } from './connack-terms.ts'
export type { CloseEffect, Instant, ServerEffect } from './effects.ts'
export { ServerProtocol } from './server.ts'
export type { ControlPacket, PublishVerdict, ServerState } from './server.ts'
export type { ServerLimits } from './server-limits.ts'
