/**
 * What QoS 1 and QoS 2 promise from end to end (§4.3, §4.6): what the sender begins against what
 * the owner of the receiver is given. It knows nothing of packets.
 */
import { demand } from './demand.ts'
import type { NumberedMessage } from './numbered-message.ts'

/** Keeps account of every message of a session. */
export class DeliveryLedger {
  readonly #entries = new Map<number, Entry>()
  /** The highest number that was delivered, of each topic and QoS. */
  readonly #highest = new Map<string, number>()
  /** The same for this connection alone. */
  readonly #highestHere = new Map<string, number>()

  /** A new connection is there. */
  connected(): void {
    this.#highestHere.clear()
  }

  /** The sender begins. */
  begun(message: NumberedMessage): void {
    this.#entries.set(message.number, {
      ...message,
      delivered: 0,
      accepted: 0,
      refused: 0,
      excused: false,
    })
  }

  /** The sender has let go of a message before it knew what became of it. */
  excused(number: number): void {
    this.#entry(number).excused = true
  }

  /** The owner of the receiver is given a message. */
  delivered(number: number, dup: boolean): void {
    const entry = this.#entry(number)
    const stream = `${entry.topic} ${entry.qos}`
    const again = entry.delivered > 0
    demand(dup || !again, 'only a resend is a duplicate [MQTT-3.3.1-1]')
    demand(
      number > (this.#highestHere.get(stream) ?? 0),
      'on one connection nothing comes twice or out of order [MQTT-4.6.0-5]',
    )
    demand(
      again || number > (this.#highest.get(stream) ?? 0),
      'messages of one topic and QoS come in order [MQTT-4.6.0-5]',
    )
    demand(
      entry.qos === 1 || entry.delivered === entry.refused,
      'QoS 2 is delivered exactly once [MQTT-4.3.3-10]',
    )
    entry.delivered++
    this.#highestHere.set(stream, number)
    this.#highest.set(stream, Math.max(number, this.#highest.get(stream) ?? 0))
  }

  /** The owner took responsibility for what it was given. */
  accepted(number: number): void {
    this.#entry(number).accepted++
  }

  /** The owner refused what it was given. */
  refused(number: number): void {
    this.#entry(number).refused++
  }

  /** The link stayed up until nothing was left to do. */
  closed(): void {
    for (const { qos, accepted, refused, excused } of this.#entries.values()) {
      demand(
        excused || accepted + refused > 0,
        'every message arrives [MQTT-4.3.2-4] [MQTT-4.3.3-8]',
      )
      demand(qos === 1 || accepted <= 1, 'QoS 2 is accepted exactly once [MQTT-4.3.3-10]')
    }
  }

  #entry(number: number): Entry {
    const entry = this.#entries.get(number)
    demand(entry !== undefined, 'what arrives was sent')
    return entry
  }
}

interface Entry extends NumberedMessage {
  delivered: number
  accepted: number
  refused: number
  excused: boolean
}
