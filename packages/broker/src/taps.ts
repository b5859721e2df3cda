/**
 * Taps hear the packets that pass between the broker and its clients, for whoever looks into what
 * one of them does. They are put in while something is looked into: without one a packet costs a
 * comparison with `undefined`. What they are told of a packet is borrowed: its bytes are good
 * until the tap returns.
 */
import type { DecodedPacket, Packet, PacketIdentifier, QoS } from '@godwit/codec'
import type { Origin } from './entrance.ts'
import type { Message } from './message.ts'
import type { ClientInfo, Observers } from './observers.ts'

/** What can be heard; leave out what is of no interest. */
export interface Tap {
  /** A packet came. A CONNECT has the password of its client, and an AUTH what stands for one. */
  received?(packet: DecodedPacket, from: Tapped): void
  /** A packet goes out that is no PUBLISH. */
  sent?(packet: Packet, to: Tapped): void
  /** A PUBLISH goes out. */
  delivered?(delivery: TappedDelivery, to: Tapped): void
}

/** A connection, which is the same object from its first packet to its last. */
export interface Tapped {
  /** Whose it is; absent until the client is let in, and when it is gone. */
  readonly client: ClientInfo | undefined
  /** Where it came from and by. */
  readonly origin: Origin
}

/** A message on its way to one receiver. */
export interface TappedDelivery {
  readonly message: Pick<Message, 'topic' | 'payload' | 'publisher'>
  readonly qos: QoS
  readonly retain: boolean
  readonly dup: boolean
  /** 0 at QoS 0. */
  readonly packetId: PacketIdentifier
}

/** The taps of one broker. */
export class Taps {
  /** See {@link Tap}. */
  received: Tap['received'] | undefined
  /** See {@link Tap}. */
  sent: Tap['sent'] | undefined
  /** See {@link Tap}. */
  delivered: Tap['delivered'] | undefined
  readonly #taps = new Set<Tap>()
  readonly #observers: Observers

  constructor(observers: Observers) {
    this.#observers = observers
  }

  /** Puts one in until the result is disposed of. If it throws, only the observers hear of that. */
  put(tap: Tap): Disposable {
    // One that is put in twice is in twice.
    const own: Tap = {
      ...(tap.received && { received: (...passing) => tap.received?.(...passing) }),
      ...(tap.sent && { sent: (...passing) => tap.sent?.(...passing) }),
      ...(tap.delivered && { delivered: (...passing) => tap.delivered?.(...passing) }),
    }
    this.#taps.add(own)
    this.#join()
    return {
      [Symbol.dispose]: () => {
        this.#taps.delete(own)
        this.#join()
      },
    }
  }

  #join(): void {
    const taps = [...this.#taps]
    this.received = this.#all(taps.flatMap((tap) => tap.received?.bind(tap) ?? []))
    this.sent = this.#all(taps.flatMap((tap) => tap.sent?.bind(tap) ?? []))
    this.delivered = this.#all(taps.flatMap((tap) => tap.delivered?.bind(tap) ?? []))
  }

  #all<P>(hear: readonly ((packet: P, at: Tapped) => void)[]): (typeof hear)[number] | undefined {
    if (hear.length === 0) return undefined
    return (packet, at) => {
      for (const one of hear) {
        try {
          one(packet, at)
        } catch (error) {
          this.#observers.fault?.(error)
        }
      }
    }
  }
}
