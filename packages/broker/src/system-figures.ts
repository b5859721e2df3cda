/** The figures behind the `$SYS` topics. */
import type { BrokerStats } from './stats.ts'
import type { SystemFigures } from './sys.ts'

/** What a broker tells about itself. */
export function systemFiguresOf(stats: BrokerStats, version: string): SystemFigures {
  return {
    version,
    clientsConnected: stats.clients,
    clientsDisconnected: stats.sessions - stats.clients,
    clientsMaximum: stats.sessionsMax,
    clientsExpired: stats.sessionsExpired,
    subscriptions: stats.subscriptions,
    sharedSubscriptions: stats.sharedSubscriptions,
    messagesReceived: stats.messagesIn,
    messagesSent: stats.publishesOut[0] + stats.publishesOut[1] + stats.publishesOut[2],
    messagesDropped: stats.messagesDropped,
    messagesQueued: stats.messagesQueued,
    publishesRefused: stats.publishesRefused,
    retainedMessages: stats.retainedMessages,
    retainedBytes: stats.retainedBytes,
    connections: stats.connections,
    connectionsAccepted: stats.connectionsAccepted,
    connectsReceived: stats.connectsReceived,
    packetsReceived: stats.packetsIn,
    packetsSent: stats.packetsOut,
    bytesReceived: stats.bytesIn,
    bytesSent: stats.bytesOut,
    payloadBytesReceived: stats.payloadBytesIn,
    payloadBytesSent: stats.payloadBytesOut,
    storedMessages: stats.retainedMessages + stats.messagesQueued,
    storedBytes: stats.retainedBytes + stats.bytesQueued,
    loginsFailed: stats.loginsFailed,
    connectionsBanned: stats.banned,
    throttled: stats.throttled,
    overloadLevel: stats.overloadLevel,
    ...(stats.store !== undefined && { store: stats.store }),
  }
}
