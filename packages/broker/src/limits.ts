/**
 * Every limit of the broker, its default and its reason. At a limit something defined happens:
 * a Reason Code where MQTT has one, and a counter in any case.
 */

/** What may be set; a whole number from 1 to 2,147,483,647, of bytes to 2^53 - 1. */
export interface BrokerLimits {
  /** From accepting a connection to its complete CONNECT; then it is closed. */
  readonly connectTimeoutMs: number
  /** The size of a CONNECT; a larger one is refused at its fixed header. */
  readonly connectBytesMax: number
  /** The size of any other packet; a larger one gets 0x95 at its fixed header. */
  readonly packetBytesMax: number
  /** The bytes of the properties of one packet; 0x95. Those of a Will count for themselves. */
  readonly propertyBytesMax: number
  /** The User Properties of one packet; 0x95. */
  readonly userPropertiesMax: number
  /** The length of a Client Identifier in UTF-16 units; a longer one gets 0x85. */
  readonly clientIdLengthMax: number
  /** The length of a Topic Name in UTF-16 units; 0x90, and 0x8F for a filter. */
  readonly topicLengthMax: number
  /** The levels of a Topic Name or filter; 0x90 and 0x8F. */
  readonly topicLevelsMax: number
  /** The longest Keep Alive of MQTT 5.0 clients; longer ones are shortened to it, 0 stays off. */
  readonly keepAliveSecondsMax: number
  /** The subscriptions of one session; 0x97. */
  readonly subscriptionsMax: number
  /** The filters of one SUBSCRIBE that are looked at; the rest get 0x97. */
  readonly subscribeFiltersMax: number
  /** The filters of one SUBSCRIBE or UNSUBSCRIBE; more end the connection with 0x97. */
  readonly packetFiltersMax: number
  /** The bytes that wait for one client; QoS 0 messages beyond it are dropped and counted. */
  readonly outboxBytesMax: number
  /** What an MQTT 5.0 client may publish above QoS 0 unfinished, as announced; beyond it 0x93. */
  readonly receiveMaximum: number
  /** What is sent to an MQTT 5.0 client unacknowledged, if it takes as much; the rest waits. */
  readonly inFlightMax: number
  /** The same for older clients, which cannot say how much they take. */
  readonly inFlightMaxV3: number
  /** The Topic Aliases of a client, as announced; beyond it 0x94. */
  readonly topicAliasMaximum: number
  /** The memory for the Topic Names behind them; 0x94. */
  readonly topicAliasBytesMax: number
  /** The Topic Aliases used towards a client, if it allows as many. */
  readonly topicAliasOutboundMax: number
  /** How long a session outlives its connection; longer is shortened to it, as announced. */
  readonly sessionExpirySecondsMax: number
  /** The sessions, connected or not; 0x97. */
  readonly sessionsMax: number
  /** The messages that wait in one session; then its oldest is dropped, or no more is taken. */
  readonly backlogMessagesMax: number
  /** Their bytes; the same. */
  readonly backlogBytesMax: number
  /** The same where the session is durable, and what waits is on disk. */
  readonly storedBacklogMessagesMax: number
  readonly storedBacklogBytesMax: number
  /** The messages on disk, in bytes; 0x97. */
  readonly logBytesMax: number
  /** The bytes of messages that wait to be durable; then their publishers are not read. */
  readonly journalBytesMax: number
  /** The retained messages; 0x97. */
  readonly retainedMessagesMax: number
  /** Their bytes; 0x97. */
  readonly retainedBytesMax: number
  /** How long a message of a client before MQTT 5.0 that nobody can take is kept unanswered. */
  readonly withholdMs: number
  /** How long a guard may take to decide; then it has refused. */
  readonly guardTimeoutMs: number
  /** The pieces of long work, such as sending Retained Messages, done in one go. */
  readonly sliceItemsMax: number
  /** The time for them; then everybody else has a turn. */
  readonly sliceMs: number
  /** How long a client may take none of the bytes that wait for it; then 0x97 and close. */
  readonly stallTimeoutMs: number
  /** The connections, whether or not they have said CONNECT; CONNACK 0x88. */
  readonly connectionsMax: number
  /** How late the event loop may be for two seconds, in milliseconds; then less is done. */
  readonly overloadLagMs: number
  /** How long `close` waits for clients to take their last bytes. */
  readonly closeTimeoutMs: number
  /** The memory for the routes that are remembered; beyond it they are found anew. */
  readonly routesCachedBytesMax: number
}

/** The defaults, chosen so that no honest client meets one. */
export const DEFAULT_LIMITS: BrokerLimits = {
  // Slow links finish a handshake in a second or two; idle openings must not pile up.
  connectTimeoutMs: 10_000,
  // Room for a client certificate's worth of token; before it a stranger holds no more memory.
  connectBytesMax: 64 * 1024,
  packetBytesMax: 1024 * 1024,
  // A few tokens and Correlation Data; to check a megabyte of them holds everybody up.
  propertyBytesMax: 16 * 1024,
  // Each of them is an object to whoever reads it; HTTP servers stop at 100 headers.
  userPropertiesMax: 64,
  clientIdLengthMax: 256,
  topicLengthMax: 4096,
  // Sensor trees are 5 to 15 deep; a match visits every level.
  topicLevelsMax: 128,
  // A vanished client that wants to be noticed at all is noticed within half an hour.
  keepAliveSecondsMax: 1200,
  subscriptionsMax: 10_000,
  subscribeFiltersMax: 1000,
  // All that one session can hold, given up at once; to read them takes 2 ms.
  packetFiltersMax: 10_000,
  // Some 10,000 small messages: a second or two of a busy topic.
  outboxBytesMax: 1024 * 1024,
  // A few thousand messages a second at the round trips of the open internet.
  receiveMaximum: 1024,
  inFlightMax: 256,
  // Old and small clients have buffers to match.
  inFlightMaxV3: 64,
  topicAliasMaximum: 32,
  // All of them at the greatest length: who keeps to what was announced is never sent away.
  topicAliasBytesMax: 256 * 1024,
  topicAliasOutboundMax: 32,
  // 30 days: whoever is away for longer begins anew.
  sessionExpirySecondsMax: 30 * 24 * 3600,
  sessionsMax: 1_000_000,
  // An hour of 28 messages a second; in memory a session must not cost more.
  backlogMessagesMax: 100_000,
  backlogBytesMax: 64 * 1024 * 1024,
  storedBacklogMessagesMax: 1_000_000,
  storedBacklogBytesMax: 1024 ** 3,
  // Some 40 million messages of a sensor; a small machine has a disk of 32 GB.
  logBytesMax: 8 * 1024 ** 3,
  // A disk takes that in a tenth of a second, and in a second where it is slow.
  journalBytesMax: 8 * 1024 * 1024,
  retainedMessagesMax: 100_000,
  retainedBytesMax: 256 * 1024 * 1024,
  // Shorter than the time after which clients give up an acknowledgement.
  withholdMs: 10_000,
  // A login that takes longer is as good as none.
  guardTimeoutMs: 10_000,
  // A couple of milliseconds is what nobody notices.
  sliceItemsMax: 256,
  sliceMs: 2,
  // Longer than any hand-over between radio cells.
  stallTimeoutMs: 30_000,
  // What the descriptors of the process allow is less.
  connectionsMax: 1_000_000,
  // 500 publishers at full speed make two cores 760 ms late, and lose nothing by waiting.
  overloadLagMs: 1000,
  closeTimeoutMs: 5_000,
  // Some 60,000 Topic Names with three receivers each; nearly all traffic is on fewer.
  routesCachedBytesMax: 32 * 1024 * 1024,
}

/**
 * What happens in a session when too much waits: its oldest message is dropped, or the newest is
 * not taken, and its publisher is told so if nobody else took it either.
 */
export type BacklogPolicy = 'drop-oldest' | 'refuse'

/** The defaults with what differs from them. @throws {RangeError} for a value that is no limit. */
export function limitsWith(chosen: Partial<BrokerLimits> = {}): BrokerLimits {
  for (const [name, value] of Object.entries(chosen)) {
    const most = name.endsWith('BytesMax') ? Number.MAX_SAFE_INTEGER : LIMIT_MAX
    if (!(Number.isInteger(value) && value >= 1 && value <= most)) {
      throw new RangeError(`The limit ${name} is a whole number from 1 to ${most}, got ${value}`)
    }
  }
  return { ...DEFAULT_LIMITS, ...chosen }
}

/** The longest delay of a timer, 24 days. */
const LIMIT_MAX = 2_147_483_647

/** Whether a Topic Name or filter keeps within the limits of length and depth. */
export function fits(topic: string, limits: BrokerLimits): boolean {
  if (topic.length > limits.topicLengthMax) return false
  let levels = 1
  for (let at = topic.indexOf('/'); at !== -1; at = topic.indexOf('/', at + 1)) levels++
  return levels <= limits.topicLevelsMax
}
