/** What a client counts. */

/** Figures of a client, from its beginning on; the last two are of now. */
export interface ClientStatistics {
  /** Messages whose publishing came to a good end. */
  readonly messagesSent: number
  /** Messages that came, duplicates left out. */
  readonly messagesReceived: number
  /** Of these, the ones that no stream had asked for. */
  readonly messagesUnclaimed: number
  /** Messages of QoS 0 that a full stream has dropped. */
  readonly messagesDropped: number
  /** How often a server let the client in. */
  readonly connections: number
  /** Messages that were accepted and are not over. */
  readonly outboxMessages: number
  /** Their payloads, topics and properties, in bytes. */
  readonly outboxBytes: number
}

/** The same, for the rooms that count. */
export class Counters implements ClientStatistics {
  messagesSent = 0
  messagesReceived = 0
  messagesUnclaimed = 0
  messagesDropped = 0
  connections = 0
  outboxMessages = 0
  outboxBytes = 0

  /** The figures of now. */
  read(): ClientStatistics {
    const { messagesSent, messagesReceived, messagesUnclaimed, messagesDropped } = this
    const { connections, outboxMessages, outboxBytes } = this
    const messages = { messagesSent, messagesReceived, messagesUnclaimed, messagesDropped }
    return { ...messages, connections, outboxMessages, outboxBytes }
  }
}
