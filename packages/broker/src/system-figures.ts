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
    messagesSent: stats.messagesOut,
    messagesDropped: stats.messagesDropped,
    messagesQueued: stats.messagesQueued,
    publishesRefused: stats.publishesRefused,
    retainedMessages: stats.retainedMessages,
    retainedBytes: stats.retainedBytes,
    connections: stats.connections,
    storedMessages: stats.retainedMessages + stats.messagesQueued,
    ...(stats.store !== undefined && { store: stats.store }),
  }
}
