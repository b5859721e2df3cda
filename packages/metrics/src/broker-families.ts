/** What a broker counted, as metric families. Names and units follow Prometheus' conventions. */
import type { BrokerStats, StoreStats } from '@godwit/broker'
import { by, counter, gauge, only } from './family.ts'
import type { Family, Sample } from './family.ts'

/** The families of a broker. */
export function brokerFamilies(stats: BrokerStats): readonly Family[] {
  return [
    ...connectionFamilies(stats),
    ...clientFamilies(stats),
    ...messageFamilies(stats),
    ...trafficFamilies(stats),
    ...waitingFamilies(stats),
    ...(stats.store === undefined ? [] : storeFamilies(stats.store)),
  ]
}

function connectionFamilies(stats: BrokerStats): readonly Family[] {
  const byListener = (of: 'connections' | 'connectionsAccepted'): readonly Sample[] =>
    by(
      'listener',
      stats.listeners.map((one, index) => [one.name ?? String(index + 1), one[of]] as const),
    )
  return [
    gauge(
      'godwit_connections',
      'Network connections that are open, whether or not they have said CONNECT.',
      ...byListener('connections'),
    ),
    counter(
      'godwit_connections_accepted_total',
      'Network connections that were accepted.',
      ...byListener('connectionsAccepted'),
    ),
    counter(
      'godwit_connections_delayed_total',
      'Network connections that came too fast, and were let in later.',
      ...only(stats.connectionsDelayed),
    ),
    counter(
      'godwit_connections_turned_away_total',
      'Network connections that were closed without a word: too many were open or came at once.',
      ...only(stats.connectionsTurnedAway),
    ),
    counter(
      'godwit_connections_refused_total',
      'Network connections that ended before their client was let in, by Reason Code.',
      ...by('code', Object.entries(stats.connectionsRefused).map(withHexadecimalCode)),
    ),
    counter(
      'godwit_connections_banned_total',
      'Network connections and CONNECTs that a ban has kept out.',
      ...only(stats.banned),
    ),
    gauge('godwit_bans', 'Bans that are in force.', ...only(stats.bans)),
  ]
}

/** As the specification writes it, such as 0x87. */
function withHexadecimalCode([code, count]: readonly [string, number]): readonly [string, number] {
  return [`0x${Number(code).toString(16).toUpperCase().padStart(2, '0')}`, count]
}

function clientFamilies(stats: BrokerStats): readonly Family[] {
  return [
    counter('godwit_connects_total', 'CONNECT packets that came.', ...only(stats.connectsReceived)),
    counter('godwit_logins_failed_total', 'Logins that failed.', ...only(stats.loginsFailed)),
    counter(
      'godwit_logins_delayed_total',
      'Failed logins that were answered late, because there were so many.',
      ...only(stats.loginsDelayed),
    ),
    gauge('godwit_clients', 'Clients that are connected.', ...only(stats.clients)),
    gauge('godwit_sessions', 'Sessions, with or without a client.', ...only(stats.sessions)),
    gauge(
      'godwit_sessions_peak',
      'The most sessions that there were at once.',
      ...only(stats.sessionsMax),
    ),
    counter(
      'godwit_sessions_expired_total',
      'Sessions whose Session Expiry Interval passed.',
      ...only(stats.sessionsExpired),
    ),
    gauge('godwit_subscriptions', 'Subscriptions of all sessions.', ...only(stats.subscriptions)),
    gauge(
      'godwit_shared_subscriptions',
      'Those of them that are shared.',
      ...only(stats.sharedSubscriptions),
    ),
    counter(
      'godwit_guard_failures_total',
      'Guards that threw or took too long, and so refused.',
      ...only(stats.guardFailures),
    ),
  ]
}

function messageFamilies(stats: BrokerStats): readonly Family[] {
  return [
    counter(
      'godwit_messages_received_total',
      'PUBLISH packets that came, by QoS; those that were sent again are counted again.',
      ...by('qos', Object.entries(stats.publishesIn)),
    ),
    counter(
      'godwit_messages_sent_total',
      'PUBLISH packets that were sent, one for each receiver, by QoS.',
      ...by('qos', Object.entries(stats.publishesOut)),
    ),
    counter(
      'godwit_messages_dropped_total',
      'Messages that did not go to a receiver or were not kept, by the reason.',
      ...by('reason', Object.entries(stats.messagesDropped)),
    ),
    counter(
      'godwit_publishes_refused_total',
      'PUBLISH packets and Wills that were refused.',
      ...only(stats.publishesRefused),
    ),
    gauge('godwit_retained_messages', 'Retained Messages.', ...only(stats.retainedMessages)),
    gauge(
      'godwit_retained_bytes',
      'Memory that the Retained Messages take.',
      ...only(stats.retainedBytes),
    ),
  ]
}

function trafficFamilies(stats: BrokerStats): readonly Family[] {
  return [
    counter(
      'godwit_payload_received_bytes_total',
      'Bytes of the payloads that came.',
      ...only(stats.payloadBytesIn),
    ),
    counter(
      'godwit_payload_sent_bytes_total',
      'Bytes of the payloads that were sent.',
      ...only(stats.payloadBytesOut),
    ),
    counter(
      'godwit_packets_received_total',
      'Control Packets of all types that came.',
      ...only(stats.packetsIn),
    ),
    counter(
      'godwit_packets_sent_total',
      'Control Packets of all types that were sent.',
      ...only(stats.packetsOut),
    ),
    counter('godwit_received_bytes_total', 'Bytes that came.', ...only(stats.bytesIn)),
    counter('godwit_sent_bytes_total', 'Bytes that were sent.', ...only(stats.bytesOut)),
    counter(
      'godwit_throttled_total',
      'How often a connection was not read for a while, because of a rate.',
      ...only(stats.throttled),
    ),
  ]
}

function waitingFamilies(stats: BrokerStats): readonly Family[] {
  return [
    gauge(
      'godwit_queue_messages',
      'Messages that wait in sessions to be sent for the first time.',
      ...only(stats.messagesQueued),
    ),
    gauge(
      'godwit_queue_bytes',
      'Memory that these take; a message counts once, whoever waits for it.',
      ...only(stats.bytesQueued),
    ),
    gauge(
      'godwit_outbox_bytes',
      'Bytes on their way that clients have not taken.',
      ...only(stats.outboxBytes),
    ),
    gauge(
      'godwit_accounted_memory_bytes',
      'Memory that the broker accounts for: queues, outboxes and Retained Messages among it.',
      ...only(stats.memoryBytes),
    ),
    gauge(
      'godwit_overload_level',
      'What it does against too much load: 0 for nothing, 3 for all it can.',
      ...only(stats.overloadLevel),
    ),
  ]
}

function storeFamilies(store: StoreStats): readonly Family[] {
  return [
    gauge(
      'godwit_store_info',
      'What a commit survives, as a label of the value 1.',
      ...by('durability', [[store.durability, 1]]),
    ),
    gauge(
      'godwit_store_messages',
      'Messages in the log of the store that somebody may still need.',
      ...only(store.messages),
    ),
    gauge('godwit_store_bytes', 'Bytes of these messages.', ...only(store.bytes)),
    gauge(
      'godwit_store_full',
      'Whether the store has no room for messages, 1 or 0.',
      ...only(store.isFull ? 1 : 0),
    ),
    {
      name: 'godwit_commit_seconds',
      help: 'How long the commits of the store took.',
      type: 'histogram',
      buckets: store.commitBuckets.map(({ boundMs, count }) => ({ bound: boundMs / 1000, count })),
      count: store.commits,
      sum: store.commitMs / 1000,
    },
  ]
}
