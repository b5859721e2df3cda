/**
 * A server with a session, streams with readers, and what must hold between them whatever happens
 * in whatever order: the reference for the property test of the subscriptions.
 *
 * The server does one request after the other, when it is told to; it may have done some of which
 * the connection's end has swallowed the answers. It sends one PUBLISH for each message, or one for
 * each subscription that matches. What is unacknowledged when the connection breaks it sends again
 * at QoS 1; at QoS 2 the protocol engine recognises it, so here it does not come again.
 */
import type { ProtocolVersion, QoS, SubscribePacket, UnsubscribePacket } from '@godwit/codec'
import { matches } from '@godwit/topic'
import { ClientError } from '../src/errors.ts'
import type { Message } from '../src/message.ts'
import type { MessageStream } from '../src/subscriptions/message-stream.ts'
import { FakeLink, frameOf, readerOf, SubscriptionWorld } from './subscription-world.ts'

/** How a server does it. */
export interface ServerHabits {
  readonly version: ProtocolVersion
  readonly hasIdentifiers: boolean
  /** One PUBLISH for each subscription that matches, in place of one for all. */
  readonly sendsCopies: boolean
}

interface Held {
  readonly qos: QoS
  readonly identifier: number | undefined
}

/** A PUBLISH that was sent, perhaps over several connections. */
interface Sent {
  readonly number: number
  readonly topic: string
  readonly qos: QoS
  readonly packetId: number
  readonly identifiers: readonly number[]
  /** The connections that it went over: the last one may still be settled. */
  readonly links: FakeLink[]
}

/** A stream as its reader knows it. */
export class Reading {
  readonly filters: readonly string[]
  readonly qos: QoS
  readonly numbers: number[] = []
  /** Those that it must get unless it is closed before. */
  readonly due: Set<number> = new Set<number>()
  /** Those that it may get. */
  readonly possible: Set<number> = new Set<number>()
  readonly abort: AbortController = new AbortController()
  stream: MessageStream | undefined
  /** It will get nothing any more. */
  isOver = false
  isWaiting = false

  constructor(filters: readonly string[], qos: QoS) {
    this.filters = filters
    this.qos = qos
  }

  /** Whether a topic is one that it asked for. */
  wants(topic: string): boolean {
    return this.filters.some((filter) => matches(filter.replace('$share/g/', ''), topic))
  }
}

/** The world, the server and the readers. */
export class SubscriptionModel {
  readonly world: SubscriptionWorld = new SubscriptionWorld('drop')
  readonly readings: Reading[] = []
  readonly #habits: ServerHabits
  readonly #held = new Map<string, Held>()
  /** What it does not let go of. */
  readonly #kept = new Set<string>()
  #isConnected = false
  readonly #links: FakeLink[] = []
  readonly #sent: Sent[] = []
  readonly #unacknowledged = new Map<number, Sent>()
  readonly #surprises: string[] = []
  #number = 0
  #packetId = 0

  constructor(habits: ServerHabits) {
    this.#habits = habits
  }

  /** A program subscribes. */
  subscribe(filters: readonly string[], qos: QoS): void {
    const reading = new Reading(filters, qos)
    this.readings.push(reading)
    const { signal } = reading.abort
    const options = { qos, signal, messagesMax: 10_000 }
    void this.#begin(reading, this.world.subscriptions.subscribe(filters, options))
  }

  /** A reader asks for the next message, unless it waits for one already. */
  read(reading: Reading): void {
    const { stream } = reading
    if (stream === undefined || reading.isWaiting) return
    reading.isWaiting = true
    void this.#next(reading, readerOf(stream))
  }

  /** A reader has had enough. */
  close(reading: Reading): void {
    if (reading.stream === undefined) reading.abort.abort(new Error('enough'))
    else void reading.stream.close().catch(() => {})
    reading.isOver = true
  }

  /** The server does the next request, and answers. */
  answer(isRefused: boolean): void {
    if (!this.#isConnected) return
    const { link } = this.world
    const [request] = link.asked
    if (request === undefined) return
    if (!isRefused) this.#carryOut(request)
    else if (request.type === 'unsubscribe') this.#kept.add(request.filters[0] ?? '')
    this.world.answer(isRefused ? 0x80 : undefined)
  }

  /** Somebody publishes. */
  publish(topic: string, qos: QoS): void {
    if (!this.#isConnected) return
    const found = [...this.#held].filter(([filter]) =>
      matches(filter.replace('$share/g/', ''), topic),
    )
    if (found.length === 0) return
    const batches = this.#habits.sendsCopies ? found.map((one) => [one]) : [found]
    for (const batch of batches) {
      const granted = Math.max(...batch.map(([, held]) => held.qos))
      const counted = qos < granted ? qos : granted === 2 ? 2 : granted === 1 ? 1 : 0
      const identifiers = batch.flatMap(([, { identifier }]) => identifier ?? [])
      const number = ++this.#number
      const packetId = counted === 0 ? 0 : ++this.#packetId
      const links: FakeLink[] = []
      const sent = { number, topic, qos: counted, packetId, identifiers, links } as const
      this.#sent.push(sent)
      this.#expect(
        sent,
        batch.map(([filter]) => filter),
      )
      this.#send(sent, false)
    }
  }

  /** The connection breaks, after the server has done some of what it was asked. */
  lose(done: number): void {
    if (!this.#isConnected) return
    for (const request of this.world.link.asked.slice(0, done)) this.#carryOut(request)
    for (const [packetId] of this.world.link.settled) this.#unacknowledged.delete(packetId)
    this.#isConnected = false
    this.world.lose()
  }

  /** The client comes back, to its session or to another one. */
  connect(sessionPresent: boolean): void {
    if (this.#isConnected) return
    const { version, hasIdentifiers } = this.#habits
    const terms = version === 5 ? { subscriptionIdentifierAvailable: hasIdentifiers } : {}
    const link = new FakeLink(version, terms)
    const isResumed = sessionPresent && this.#links.length > 0
    this.#links.push(link)
    this.#isConnected = true
    if (!isResumed) {
      this.#held.clear()
      this.#unacknowledged.clear()
    }
    this.world.connect(link, isResumed)
    for (const sent of this.#unacknowledged.values()) {
      if (sent.qos === 1) this.#send(sent, true)
    }
  }

  /** Everything is answered and read, as far as it goes. */
  async calm(): Promise<void> {
    this.connect(true)
    for (let round = 0; round < 1000; round++) {
      await this.world.clock.settled()
      const isAsking = this.world.link.asked.length > 0
      while (this.world.link.asked.length > 0) this.answer(false)
      const readers = this.readings.filter((each) => each.stream !== undefined && !each.isWaiting)
      const others = readers.filter(({ isOver }) => !isOver)
      for (const reading of others) this.read(reading)
      if (!isAsking && others.length === 0) return
    }
    throw new Error('There is no end to it')
  }

  /** What holds at any time, and does not: nothing. */
  faults(): readonly string[] {
    return [
      ...this.readings.flatMap(({ numbers, possible }, at) => [
        ...(isRising(numbers) ? [] : [`${at} has read ${numbers.join()}`]),
        ...(numbers.every((each) => possible.has(each)) ? [] : [`${at} has read another's`]),
      ]),
      ...this.#links.flatMap(({ settled }, at) =>
        new Set(settled.map(([packetId]) => packetId)).size === settled.length
          ? []
          : [`Settled twice on ${at}: ${settled.join(' ')}`],
      ),
      ...this.#surprises,
    ]
  }

  /** The same when everything is answered and read: wanted is granted, all is settled. */
  faultsInCalm(): readonly string[] {
    return [...this.faults(), ...this.#heldFaults(), ...this.#missing(), ...this.#unsettled()]
  }

  #heldFaults(): readonly string[] {
    const wanted = new Map<string, number>()
    for (const { filters, qos, isOver } of this.readings) {
      if (isOver) continue
      for (const filter of filters) wanted.set(filter, Math.max(wanted.get(filter) ?? 0, qos))
    }
    const tooMany = [...this.#held.keys()].filter((filter) => !wanted.has(filter))
    return [
      ...tooMany.filter((filter) => !this.#kept.has(filter)).map((filter) => `Held: ${filter}`),
      ...[...wanted]
        .filter(([filter, qos]) => (this.#held.get(filter)?.qos ?? -1) < qos)
        .map(([filter]) => `Not granted: ${filter}`),
    ]
  }

  #missing(): readonly string[] {
    return this.readings.flatMap(({ isOver, due, numbers }, at) => {
      const missing = isOver ? [] : [...due].filter((number) => !numbers.includes(number))
      return missing.map((number) => `${at} has not read ${number}`)
    })
  }

  /** What was sent again is to be settled where it came last. */
  #unsettled(): readonly string[] {
    return this.#sent
      .filter(({ qos, packetId, links }) => {
        const link = links.at(-1)
        return qos > 0 && link?.settled.some(([settled]) => settled === packetId) !== true
      })
      .map(({ number }) => `Not settled: ${number}`)
  }

  async #begin(reading: Reading, stream: Promise<MessageStream>): Promise<void> {
    try {
      reading.stream = await stream
    } catch (error) {
      reading.isOver = true
      const isExpected = error instanceof ClientError || reading.abort.signal.aborted
      if (!isExpected) this.#surprises.push(String(error))
    }
  }

  async #next(reading: Reading, reader: AsyncIterator<Message, undefined>): Promise<void> {
    try {
      const result = await reader.next()
      if (result.done === true) reading.isOver = true
      else reading.numbers.push(Number(result.value.text()))
    } catch {
      reading.isOver = true
    }
    reading.isWaiting = false
  }

  #carryOut(request: SubscribePacket | UnsubscribePacket): void {
    if (request.type === 'unsubscribe') {
      for (const filter of request.filters) this.#held.delete(filter)
      return
    }
    const identifier = request.properties?.subscriptionIdentifier
    for (const { filter, qos } of request.subscriptions) this.#held.set(filter, { qos, identifier })
  }

  /** Who is to get it: those who know that they have subscribed, if it is for their filters. */
  #expect({ number, topic, identifiers }: Sent, filters: readonly string[]): void {
    for (const reading of this.readings) {
      if (reading.isOver || !reading.wants(topic)) continue
      reading.possible.add(number)
      const isNamed = identifiers.length === 0 || reading.filters.some((f) => filters.includes(f))
      if (isNamed && reading.stream !== undefined) reading.due.add(number)
    }
  }

  #send(sent: Sent, dup: boolean): void {
    const { link } = this.world
    const { topic, qos, packetId, identifiers, number } = sent
    const properties = identifiers.length > 0 ? { subscriptionIdentifier: identifiers } : {}
    sent.links.push(link)
    if (qos > 0) this.#unacknowledged.set(packetId, sent)
    const publish = { topic, qos, packetId, dup, text: `${number}`, properties }
    this.world.subscriptions.deliver(frameOf(publish, this.#habits.version), link)
  }
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0))
}
