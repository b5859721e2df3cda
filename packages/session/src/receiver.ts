/**
 * The receiving half of QoS 1 and QoS 2 (§4.3.2, §4.3.3), for either end. It is part of the Session
 * State: the identifiers of QoS 2 messages outlive Network Connections, until PUBREL comes.
 *
 *     QoS 1:  PUBLISH --> begin, deliver --> settle --> PUBACK
 *     QoS 2:  PUBLISH --> begin, deliver --> settle --> PUBREC, then PUBREL --> release --> PUBCOMP
 *
 * The owner settles when and in what order it likes, yet PUBACK and PUBREC leave in the order of
 * the PUBLISHes. So each PUBLISH has a place in a queue, and what is settled waits in its place for
 * everything before it. Where there is nothing before it, it leaves at once.
 */
import { ReasonCode } from '@godwit/codec'
import type { PacketIdentifier } from '@godwit/codec'
import type { AcknowledgementSink } from './acknowledgement-sink.ts'
import { PacketIdentifierSet } from './packet-identifier-set.ts'

/**
 * What to do with a PUBLISH of QoS 1 or 2. `deliver`: take responsibility, or refuse, and `settle`.
 * `duplicate`: nothing, it is or will be answered. `quota-exceeded`: the peer breaks its limit.
 */
export type ReceiverVerdict = 'deliver' | 'duplicate' | 'quota-exceeded'

/** The exchanges in which one end of a session receives. */
export class Receiver {
  /** QoS 2: received, and not released. */
  readonly #received = new PacketIdentifierSet()
  /** Those of `#received` that came on earlier connections only. */
  readonly #earlier = new PacketIdentifierSet()
  /** Those of `#received` that came on an earlier connection and are not settled. */
  readonly #earlierUnsettled = new PacketIdentifierSet()
  /** QoS 2: in the queue. */
  readonly #queued = new PacketIdentifierSet()
  /** The queue: the PUBLISHes of this connection that are not answered, as they came. */
  #first: Place | undefined
  #last: Place | undefined
  #unsettled = 0
  /** What the peer was told for this connection. */
  #receiveMaximum = 0
  /** How many exchanges count against it: of QoS 1 not answered, of QoS 2 not released. */
  #counted = 0

  /** How many PUBLISHes of this connection wait to be settled. */
  get unsettled(): number {
    return this.#unsettled
  }

  /** How many messages of QoS 2 it has received, on whatever connection, and not released. */
  get unreleased(): number {
    return this.#received.size
  }

  /** Whether no further PUBLISH should be read until some are settled. */
  get mustWait(): boolean {
    return this.#unsettled > 0 && this.#counted >= this.#receiveMaximum
  }

  /**
   * A new Network Connection, on which the peer may have so many PUBLISHes unfinished: the Receive
   * Maximum it was told, or 65,535 before MQTT 5.0.
   */
  resume(receiveMaximum: number): void {
    this.suspend()
    this.#receiveMaximum = receiveMaximum
  }

  /**
   * The connection is gone, and nothing is answered until `resume`. Where the next one is there at
   * once, `resume` is enough.
   */
  suspend(): void {
    for (let place = this.#first; place !== undefined; place = place.next) {
      const { qos, packetId, reasonCode, abandoned } = place
      if (qos === 1 || reasonCode !== undefined) continue
      this.#earlierUnsettled.add(packetId)
      if (abandoned !== undefined) this.#settleReceived(packetId, abandoned)
    }
    this.#first = undefined
    this.#last = undefined
    this.#queued.clear()
    this.#unsettled = 0
    this.#receiveMaximum = 0
    this.#counted = 0
    this.#earlier.copy(this.#received)
  }

  /**
   * Takes up an identifier of QoS 2 that an earlier life of this end received, settled, and was not
   * told to release. To be called before anything begins.
   */
  restore(packetId: PacketIdentifier): void {
    this.#received.add(packetId)
    this.#earlier.add(packetId)
  }

  /** A PUBLISH came. */
  begin(qos: 1 | 2, packetId: PacketIdentifier, sink: AcknowledgementSink): ReceiverVerdict {
    if (qos === 2) {
      if (this.#queued.has(packetId)) return 'duplicate'
      if (this.#received.has(packetId)) return this.#repeat(packetId, sink)
    }
    if (this.#counted >= this.#receiveMaximum) return 'quota-exceeded'
    this.#counted++
    if (qos === 2) this.#received.add(packetId)
    this.#enqueue(qos, packetId, undefined)
    return 'deliver' // [MQTT-4.3.2-5] [MQTT-4.3.3-12]
  }

  /**
   * The owner took responsibility for a PUBLISH, or refuses it with a code of 0x80 or above. The
   * search for it begins at the oldest, so the order of arrival is the fastest.
   */
  settle(packetId: PacketIdentifier, reasonCode: ReasonCode, sink: AcknowledgementSink): void {
    const place = this.#find(packetId)
    if (place === undefined) {
      this.abandon(packetId, reasonCode)
      return
    }
    this.#settlePlace(place, reasonCode)
    this.#answer(sink)
  }

  /**
   * Settles a PUBLISH of QoS 2 whose connection is gone: it is not answered, and a refusal forgets
   * its identifier. If it has come again on a new connection, it is answered there: through `sink`,
   * or without one when something else is settled.
   */
  abandon(packetId: PacketIdentifier, reasonCode: ReasonCode, sink?: AcknowledgementSink): void {
    const place = this.#queued.has(packetId) ? this.#find(packetId) : undefined
    const earlier = this.#earlierUnsettled.has(packetId)
    if (place === undefined) {
      if (earlier) this.#settleReceived(packetId, reasonCode)
    } else if (earlier) {
      this.#settlePlace(place, reasonCode)
      if (sink !== undefined) this.#answer(sink)
    } else {
      place.abandoned = reasonCode
    }
  }

  /**
   * PUBREL came: answer with PUBCOMP. `unknown` where there is no such exchange, or none that has
   * come to this.
   */
  release(packetId: PacketIdentifier): 'complete' | 'unknown' {
    if (this.#queued.has(packetId) || !this.#received.delete(packetId)) return 'unknown'
    if (!this.#earlier.delete(packetId)) this.#counted--
    this.#earlierUnsettled.delete(packetId)
    return 'complete' // [MQTT-4.3.3-11]
  }

  /** A PUBLISH of QoS 2 came again before its PUBREL. [MQTT-4.3.3-10] */
  #repeat(packetId: PacketIdentifier, sink: AcknowledgementSink): ReceiverVerdict {
    if (this.#earlier.has(packetId)) {
      if (this.#counted >= this.#receiveMaximum) return 'quota-exceeded'
      this.#counted++
      this.#earlier.delete(packetId)
    }
    const settled = !this.#earlierUnsettled.has(packetId)
    this.#enqueue(2, packetId, settled ? ReasonCode.Success : undefined)
    this.#answer(sink)
    return 'duplicate'
  }

  #enqueue(qos: 1 | 2, packetId: PacketIdentifier, reasonCode: ReasonCode | undefined): void {
    const place: Place = { qos, packetId, reasonCode, abandoned: undefined, next: undefined }
    if (this.#last === undefined) this.#first = place
    else this.#last.next = place
    this.#last = place
    if (qos === 2) this.#queued.add(packetId)
    if (reasonCode === undefined) this.#unsettled++
  }

  /** The oldest place of an identifier that is not settled. */
  #find(packetId: PacketIdentifier): Place | undefined {
    let place = this.#first
    while (place !== undefined && (place.packetId !== packetId || place.reasonCode !== undefined)) {
      place = place.next
    }
    return place
  }

  #settlePlace(place: Place, reasonCode: ReasonCode): void {
    place.reasonCode = reasonCode
    this.#unsettled--
    if (place.qos === 2) this.#settleReceived(place.packetId, reasonCode)
  }

  #settleReceived(packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.#earlierUnsettled.delete(packetId)
    if (reasonCode < 0x80) return
    this.#received.delete(packetId) // [MQTT-4.3.3-9]
    this.#earlier.delete(packetId)
  }

  /** Answers what is settled and has nothing unsettled before it. [MQTT-4.6.0-2] [MQTT-4.6.0-3] */
  #answer(sink: AcknowledgementSink): void {
    let place = this.#first
    while (place?.reasonCode !== undefined) {
      const { qos, packetId, reasonCode } = place
      place = place.next
      if (qos === 2) this.#queued.delete(packetId)
      if (qos === 1 || reasonCode >= 0x80) this.#counted--
      // [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-2.2.1-5]
      sink.acknowledge(qos === 1 ? 'puback' : 'pubrec', packetId, reasonCode)
    }
    this.#first = place
    if (place === undefined) this.#last = undefined
  }
}

/** Where the answer to a PUBLISH stands in the order of answers. */
interface Place {
  readonly qos: 1 | 2
  readonly packetId: PacketIdentifier
  /** `undefined` until it is settled. */
  reasonCode: ReasonCode | undefined
  /** How it was settled when its connection was gone, for when there is a new one. */
  abandoned: ReasonCode | undefined
  next: Place | undefined
}
