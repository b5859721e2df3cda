/** A sender and a receiver of one session, joined by a link that a test can cut at any byte. */
import type { ProtocolVersion, ReasonCode } from '@godwit/codec'
import type { ExchangeModel } from './exchange-model.ts'
import { Link } from './link.ts'
import { ReceivingEnd } from './receiving-end.ts'
import { SendingEnd } from './sending-end.ts'

/** What a new connection is like. */
export interface ConnectionTerms {
  /** What the receiver allows. */
  readonly receiveMaximum: number
  /** What the sender allows itself of that, at most. */
  readonly quota: number
  /** How many PUBLISHes its output takes again before it has to wait. */
  readonly room: number
  /** Whether it takes messages on the topic `large`. */
  readonly takesLarge: boolean
}

/** The real thing beside the model, which watches it. */
export class ExchangePair {
  readonly #model: ExchangeModel
  readonly #link = new Link()
  readonly #sender: SendingEnd
  readonly #receiver: ReceivingEnd

  constructor(version: ProtocolVersion, model: ExchangeModel) {
    this.#model = model
    this.#sender = new SendingEnd(version, this.#link.forth, model)
    this.#receiver = new ReceivingEnd(version, this.#link.back, model)
  }

  /** There is a connection again. */
  connect({ receiveMaximum, quota, room, takesLarge }: ConnectionTerms): void {
    this.#model.isConnected = true
    this.#receiver.connect(receiveMaximum)
    const terms = { receiveMaximum: Math.min(receiveMaximum, quota), room, takesLarge }
    this.#sender.connect(terms)
  }

  /** The sender begins a message, where it has room. */
  begin(qos: 1 | 2, topic: string): void {
    this.#sender.begin(qos, topic)
  }

  /** So many bytes arrive. */
  carry(forth: number, back: number): void {
    this.#receiver.arrived(this.#link.forth.arrive(forth))
    this.#sender.arrived(this.#link.back.arrive(back))
  }

  /** The owner of the receiver settles one of the messages that it was given. */
  settle(index: number, reasonCode: ReasonCode): void {
    this.#receiver.settle(index, reasonCode)
  }

  /** The sender's output takes so many more packets. */
  makeRoom(packets: number): void {
    this.#sender.makeRoom(packets)
  }

  /** So many bytes arrive, and all others are lost. */
  cut(forth: number, back: number): void {
    this.carry(forth, back)
    this.#link.cut()
    this.#sender.cut()
    this.#receiver.cut()
    this.#model.isConnected = false
  }

  /** The messages of QoS 1 on a topic are taken from the sender. */
  withdraw(topic: string): void {
    this.#sender.withdraw(topic)
  }

  /** Both ends say of themselves what the model says of them. */
  check(): void {
    this.#sender.check()
    this.#receiver.check()
  }

  /** The link stays up until nothing happens any more. */
  finish(): void {
    const plenty = 1000
    if (!this.#model.isConnected) {
      this.connect({ receiveMaximum: 1, quota: 1, room: 0, takesLarge: true })
    }
    this.makeRoom(plenty)
    while (this.#link.forth.underWay + this.#link.back.underWay + this.#receiver.unsettled > 0) {
      this.carry(this.#link.forth.underWay, this.#link.back.underWay)
      this.settle(0, 0)
      this.check()
    }
    this.#model.closed()
  }
}
