/**
 * A client's way to the broker: one Network Connection after the other for as long as it is wanted,
 * over all deaths of the broker.
 *
 *     open -> connect -> CONNECT -> CONNACK -> up ... lost -> connect -> ... -> close
 */
import type { ConnackPacket, ConnectPacket, DecodedPacket, Packet } from '@godwit/codec'
import type { History } from '../history.ts'
import { Connection } from './connection.ts'

/** Where the broker is. */
export interface Whereabouts {
  /** `undefined` while it does not listen. */
  readonly port: number | undefined
}

/** The client behind a link. */
export interface LinkOwner {
  /** The CONNECT of the next connection. */
  connectPacket(): ConnectPacket
  /** The broker has let the client in. */
  connected(connack: ConnackPacket): void
  /** Any packet but CONNACK came. */
  received(packet: DecodedPacket): void
  /** The connection is gone, by whomever; only said of one that was let in. */
  lost(): void
}

/** Keeps one client connected, one connection at a time. */
export class Link {
  readonly #broker: Whereabouts
  readonly #history: History
  readonly #owner: LinkOwner
  #wanted = false
  #connection: Connection | undefined
  #up = false
  #timer: NodeJS.Timeout | undefined
  /** Whether the broker has a session of this client: `undefined` if it cannot be told. */
  #hasSession: boolean | undefined = false
  /** The same when the last CONNECT went out, which is what its CONNACK has to say. */
  #expected: boolean | undefined = false

  constructor(broker: Whereabouts, history: History, owner: LinkOwner) {
    this.#broker = broker
    this.#history = history
    this.#owner = owner
  }

  /** Whether the broker has let the client in, and has not gone since. */
  get isUp(): boolean {
    return this.#up
  }

  /** Connects, and again whenever the connection is lost, until `close`. */
  open(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#attempt()
  }

  /** Sends a packet; one that is to go nowhere is forgotten. */
  send(packet: Packet): void {
    if (this.#up) this.#connection?.send(packet)
  }

  /** Leaves, with DISCONNECT or by dropping the connection, and stays away. */
  close(how: 'in order' | 'abruptly'): void {
    this.#wanted = false
    clearTimeout(this.#timer)
    const connection = this.#connection
    this.#connection = undefined
    if (how === 'in order' && this.#up) {
      connection?.send({ type: 'disconnect', reasonCode: 0 })
      connection?.end()
    } else connection?.destroy()
    this.#down()
  }

  #attempt(): void {
    const { port } = this.#broker
    if (port === undefined) return this.#later()
    const packet = this.#owner.connectPacket()
    const connection: Connection = new Connection(port, packet.version, {
      opened: () => this.#introduce(connection, packet),
      received: (received) => {
        if (connection === this.#connection) this.#receive(received, packet)
      },
      closed: (error) => {
        if (error !== undefined) {
          const what = `${packet.clientId} was sent what is no MQTT: ${error.message}`
          this.#history.fault('protocol', what)
        }
        if (connection === this.#connection) this.#closed()
      },
    })
    this.#connection = connection
    this.#timer = setTimeout(() => connection.destroy(), CONNECT_TIMEOUT_MS)
  }

  #introduce(connection: Connection, packet: ConnectPacket): void {
    this.#expected = this.#hasSession
    // From here on there may be a session, even if no answer comes.
    if (this.#hasSession === false) this.#hasSession = undefined
    connection.send(packet)
  }

  #receive(packet: DecodedPacket, { clientId, cleanStart }: ConnectPacket): void {
    if (packet.type !== 'connack') return this.#owner.received(packet)
    clearTimeout(this.#timer)
    if (packet.reasonCode !== 0) {
      const what = `A CONNECT of ${clientId} was refused with 0x${packet.reasonCode.toString(16)}`
      // A broker that is closing may refuse whom it likes.
      if (this.#broker.port !== undefined) this.#history.fault('protocol', what)
      this.#connection?.destroy()
      return
    }
    this.#up = true
    if (!cleanStart) this.#history.resumed(clientId, this.#expected, packet.sessionPresent)
    this.#hasSession = true
    this.#owner.connected(packet)
  }

  #closed(): void {
    clearTimeout(this.#timer)
    this.#connection = undefined
    this.#down()
    if (this.#wanted) this.#later()
  }

  #down(): void {
    if (!this.#up) return
    this.#up = false
    this.#owner.lost()
  }

  #later(): void {
    this.#timer = setTimeout(() => this.#attempt(), RETRY_MS)
  }
}

const RETRY_MS = 15
/** A broker that reads its log first answers late, and not never. */
const CONNECT_TIMEOUT_MS = 10_000
