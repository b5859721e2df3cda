/**
 * The client's part of the Session State (§4.1): what is unacknowledged in either direction. It
 * outlives Network Connections; the client keeps one for each Client Identifier and gives it to the
 * engine of each connection, one at a time, which says when it begins, is resumed and ends.
 */
import { Receiver } from './receiver.ts'
import { Sender } from './sender.ts'

/** One session, from connection to connection. */
export class ClientSession<M> {
  #exists: boolean
  #sender = new Sender<M>()
  #receiver = new Receiver()

  /**
   * `exists` claims a session that was begun by an earlier life of the program. Without a session
   * the client may not go on with one that the server has kept [MQTT-3.2.2-4], so it had better
   * connect with Clean Start 1, which does not keep the new session from outliving connections.
   * What that life has left unfinished at QoS 2 nobody knows: its identifiers are cleared first.
   */
  constructor(exists = false) {
    this.#exists = exists
    if (exists) this.#sender.doubt()
  }

  /** Whether there is a session, as far as the client knows. */
  get exists(): boolean {
    return this.#exists
  }

  /** What the client publishes. */
  get sender(): Sender<M> {
    return this.#sender
  }

  /** What the client is sent. */
  get receiver(): Receiver {
    return this.#receiver
  }

  /** A server has the session, from now on. */
  begin(): void {
    this.#exists = true
  }

  /** The session is over. Returns the messages that were unacknowledged, oldest first. */
  discard(): readonly M[] {
    const messages = [...this.#sender.messages()]
    this.#exists = false
    this.#sender = new Sender<M>()
    this.#receiver = new Receiver()
    return messages
  }
}
