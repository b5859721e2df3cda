/**
 * One order of messages for all sessions. Mosquitto has a queue for each, and numbers messages as
 * they come; ours is one log, in which every session reads forward.
 *
 *     session a     7   8   9
 *     session b     8   9   7'       7 came to b late, as a Retained Message or released late
 *     log           7   8   9   7'   so it stands there twice
 *
 * What is in order stands there once, however many sessions wait for it.
 */
import type { QoS } from '@godwit/codec'
import type { MosquittoMessage } from './mosquitto-state.ts'

/** A message at one place of the log. */
export interface PlacedMessage {
  readonly message: MosquittoMessage
  /** The greatest at which anybody is to get it, and no less than its own. */
  qos: QoS
  /** From 1 on; 0 until all are numbered. */
  number: number
}

/** The log as it grows. */
export class DeliveryNumbers {
  readonly #inOrder = new Map<bigint, Slot>()
  readonly #late: Slot[] = []

  /** A session, which is about to place what it is to get, in its order. */
  reader(): (message: MosquittoMessage, qos: QoS) => PlacedMessage {
    let last: Slot | undefined
    return (message, qos) => {
      const isLate = last !== undefined && message.id <= last.after
      const slot = isLate ? this.#lateAfter(last, message) : this.#ordinary(message)
      if (qos > slot.placed.qos) slot.placed.qos = qos
      last = slot
      return slot.placed
    }
  }

  /** Numbers all that was placed, and returns it in that order. */
  finish(): readonly PlacedMessage[] {
    const slots = [...this.#inOrder.values(), ...this.#late].toSorted(byPlace)
    slots.forEach(({ placed }, index) => {
      placed.number = index + 1
    })
    return slots.map(({ placed }) => placed)
  }

  #ordinary(message: MosquittoMessage): Slot {
    const known = this.#inOrder.get(message.id)
    if (known !== undefined) return known
    const slot = { after: message.id, serial: 0, placed: placed(message) }
    this.#inOrder.set(message.id, slot)
    return slot
  }

  #lateAfter(last: Slot | undefined, message: MosquittoMessage): Slot {
    const after = last?.after ?? message.id
    const slot = { after, serial: this.#late.length + 1, placed: placed(message) }
    this.#late.push(slot)
    return slot
  }
}

/** Behind the message of this number, and behind what has lesser serials there. */
interface Slot {
  readonly after: bigint
  readonly serial: number
  readonly placed: PlacedMessage
}

function placed(message: MosquittoMessage): PlacedMessage {
  return { message, qos: message.qos, number: 0 }
}

function byPlace(one: Slot, other: Slot): number {
  if (one.after !== other.after) return one.after < other.after ? -1 : 1
  return one.serial - other.serial
}
