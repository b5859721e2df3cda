/** Somebody new who wants to see the Retained Messages, and leaves no session. */
import type { PublishFrame } from '@godwit/codec'
import type { History } from '../history.ts'
import { decodePayload } from '../payload.ts'
import { retainedFloors } from '../oracles/retained.ts'
import { connectPacketOf } from './connect-packet.ts'
import { Connection } from './connection.ts'
import type { Whereabouts } from './link.ts'

/** Somebody new. */
export interface Reader {
  readonly clientId: string
  readonly filter: string
  /** How long it waits for what must be there. */
  readonly patienceMs: number
}

/**
 * Subscribes, and notes what is sent until everything is there that must be, or its patience ends.
 * Notes nothing if the broker dies meanwhile.
 */
export function readRetained(broker: Whereabouts, history: History, reader: Reader): Promise<void> {
  const { port } = broker
  if (port === undefined) return Promise.resolve()
  return new Promise((resolve) => new Reading(port, history, reader, resolve))
}

class Reading {
  readonly #connection: Connection
  readonly #history: History
  readonly #reader: Reader
  readonly #found = new Map<string, number>()
  #askedAt = 0
  #due: ReadonlyMap<string, number> = new Map()

  constructor(port: number, history: History, reader: Reader, done: () => void) {
    this.#history = history
    this.#reader = reader
    const { clientId } = reader
    const timer = setTimeout(() => this.#finish(), reader.patienceMs)
    this.#connection = new Connection(port, 5, {
      opened: () => {
        this.#connection.send(connectPacketOf({ clientId, version: 5, lasting: false }))
      },
      received: (packet) => {
        if (packet.type === 'connack') this.#ask()
        if (packet.type === 'suback') this.#finishIfWhole()
        if (packet.type === 'publish') this.#take(packet)
      },
      closed: () => {
        clearTimeout(timer)
        done()
      },
    })
  }

  #ask(): void {
    this.#askedAt = this.#history.now()
    this.#due = retainedFloors(this.#history, this.#reader.filter, this.#askedAt)
    const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
    const subscriptions = [{ filter: this.#reader.filter, qos: 1, ...options }] as const
    this.#connection.send({ type: 'subscribe', packetId: 1, subscriptions })
  }

  #take(frame: PublishFrame): void {
    const { packetId, qos, topic } = frame
    if (qos === 1) this.#connection.send({ type: 'puback', packetId, reasonCode: 0 })
    if (!frame.retain) return
    const mark = decodePayload(frame.payload)
    if (mark === undefined || mark.topic !== topic) {
      this.#history.fault('corrupt', `A Retained Message on ${topic} is damaged`)
    } else this.#found.set(topic, mark.sequence)
    this.#finishIfWhole()
  }

  #finishIfWhole(): void {
    if ([...this.#due.keys()].every((topic) => this.#found.has(topic))) this.#finish()
  }

  #finish(): void {
    const { clientId, filter } = this.#reader
    const askedAt = this.#askedAt
    if (askedAt > 0) this.#history.read({ reader: clientId, filter, askedAt, found: this.#found })
    this.#askedAt = 0
    this.#connection.send({ type: 'disconnect', reasonCode: 0 })
    this.#connection.end()
  }
}
