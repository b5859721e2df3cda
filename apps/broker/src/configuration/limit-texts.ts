/**
 * What each limit is, in a line for the documentation and for editors. The long form is in
 * `limits.ts` of the broker.
 */

/** By the names of the limits. */
export const LIMIT_TEXTS: ReadonlyMap<string, string> = new Map([
  ['connectTimeoutMs', 'From accepting a connection to its complete CONNECT; then it is closed'],
  ['connectBytesMax', 'The size of a CONNECT; a larger one is refused at its fixed header'],
  ['packetBytesMax', 'The size of any other packet; a larger one gets 0x95 at its fixed header'],
  [
    'propertyBytesMax',
    'The bytes of the properties of one packet; 0x95; Those of a Will count for themselves',
  ],
  ['userPropertiesMax', 'The User Properties of one packet; 0x95'],
  [
    'clientIdLengthMax',
    'The length of a Client Identifier in UTF-16 units; a longer one gets 0x85',
  ],
  ['topicLengthMax', 'The length of a Topic Name in UTF-16 units; 0x90, and 0x8F for a filter'],
  ['topicLevelsMax', 'The levels of a Topic Name or filter; 0x90 and 0x8F'],
  [
    'keepAliveSecondsMax',
    'The longest Keep Alive of MQTT 5.0 clients; longer ones are shortened to it, 0 stays off',
  ],
  ['subscriptionsMax', 'The subscriptions of one session; 0x97'],
  ['subscribeFiltersMax', 'The filters of one SUBSCRIBE that are looked at; the rest get 0x97'],
  [
    'packetFiltersMax',
    'The filters of one SUBSCRIBE or UNSUBSCRIBE; more end the connection with 0x97',
  ],
  [
    'outboxBytesMax',
    'The bytes that wait for one client; QoS 0 messages beyond it are dropped and counted',
  ],
  [
    'receiveMaximum',
    'What an MQTT 5.0 client may publish above QoS 0 unfinished, as announced; beyond it 0x93',
  ],
  [
    'inFlightMax',
    'What is sent to an MQTT 5.0 client unacknowledged, if it takes as much; the rest waits',
  ],
  ['inFlightMaxV3', 'The same for older clients, which cannot say how much they take'],
  ['topicAliasMaximum', 'The Topic Aliases of a client, as announced; beyond it 0x94'],
  ['topicAliasBytesMax', 'The memory for the Topic Names behind them; 0x94'],
  ['topicAliasOutboundMax', 'The Topic Aliases used towards a client, if it allows as many'],
  [
    'sessionExpirySecondsMax',
    'How long a session outlives its connection; longer is shortened to it, as announced',
  ],
  ['sessionsMax', 'The sessions, connected or not; 0x97'],
  [
    'backlogMessagesMax',
    'The messages that wait in one session; then its oldest is dropped, or no more is taken',
  ],
  ['backlogBytesMax', 'Their bytes; the same'],
  ['storedBacklogMessagesMax', 'The same where the session is durable, and what waits is on disk'],
  ['storedBacklogBytesMax', 'Their bytes; the same'],
  ['logBytesMax', 'The messages on disk, in bytes; 0x97'],
  [
    'journalBytesMax',
    'The bytes of messages that wait to be durable; then their publishers are not read',
  ],
  ['retainedMessagesMax', 'The retained messages; 0x97'],
  ['retainedBytesMax', 'Their bytes; 0x97'],
  [
    'withholdMs',
    'How long a message of a client before MQTT 5.0 that nobody can take is kept unanswered',
  ],
  ['guardTimeoutMs', 'How long a guard may take to decide; then it has refused'],
  ['sliceItemsMax', 'The pieces of long work, such as sending Retained Messages, done in one go'],
  ['sliceMs', 'The time for them; then everybody else has a turn'],
  ['connectionsMax', 'The connections at the same time; what the descriptors allow may be less'],
  ['overloadLagMs', 'How late the event loop may be for two seconds; then less is done'],
  [
    'stallTimeoutMs',
    'How long a client may take none of the bytes that wait for it; then 0x97 and close',
  ],
  ['closeTimeoutMs', 'How long close waits for clients to take their last bytes'],
  [
    'routesCachedBytesMax',
    'The memory for the routes that are remembered; beyond it they are found anew',
  ],
])
