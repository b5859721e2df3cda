// A client whose broker is killed. It never loses what it knows: it sends again what was not
// acknowledged, under the same identifiers, and tells new messages from those that come again.

import { Decoder, encode } from '@godwit/codec'
import type { ConnackPacket, Packet, PublishPacket, Subscription } from '@godwit/codec'
import { plainPacket } from '@godwit/codec/testing'
import type { MemoryTransport } from '@godwit/transport/testing'
import type { CrashAccount, Held, Said } from './durable-crash-account.ts'
import type { ClientPlan } from './durable-crash-plan.ts'
import { CrashWill } from './durable-crash-will.ts'
import { ack, inWords, lasting } from './lasting.ts'
import { connect, disconnect, publish, subscribe } from './peer.ts'

/** What a client needs of its world. */
export interface ClientSurroundings {
  readonly account: CrashAccount
  /** Milliseconds of the whole world, over all lives of the broker. */
  now(): number
  dial(): MemoryTransport
}

/** The Subscription Identifier of a share. */
const SHARED_IDENTIFIER = 77
/** Of SUBSCRIBE and UNSUBSCRIBE; a PUBLISH has less. */
const REQUESTS_FROM = 1000
/** How many may be unfinished. */
const UNFINISHED_MAX = 6

/** One client with all that it remembers. */
export class CrashClient {
  readonly plan: ClientPlan
  readonly #surroundings: ClientSurroundings
  #line: MemoryTransport | undefined
  #isIn = false
  /** It was told that it has a session, and has not asked to begin anew. */
  #exists: boolean | undefined = false
  /** It asks to begin anew until it is told that it has. */
  #wantsClean = false
  #era = 0
  #will: CrashWill | undefined
  readonly #wills: CrashWill[] = []
  #packetId = 0
  #requestId = REQUESTS_FROM
  #unfinished: Unfinished[] = []
  /** Filters that it is to have, with what it was told; and those it is to give up. */
  readonly #wanted = new Map<string, Subscription>()
  readonly #unwanted = new Set<string>()
  /** Those that it was told it has. */
  readonly #told = new Set<string>()
  readonly #requests = new Map<number, Request>()
  /** Identifiers of QoS 2 that it has, with the text. */
  readonly #received = new Map<number, string>()
  readonly #owed: Packet[] = []
  /** PUBLISHes of this connection that it has not finished. */
  readonly #open = new Set<number>()

  constructor(plan: ClientPlan, surroundings: ClientSurroundings) {
    this.plan = plan
    this.#surroundings = surroundings
    for (const one of plan.filters) this.#wanted.set(one.filter, one)
  }

  /** Whether its client was let in. */
  get isIn(): boolean {
    return this.#isIn
  }

  /** Whether nothing is left to do. */
  get isDone(): boolean {
    const left = this.#unfinished.length + this.#requests.size + this.#unwanted.size
    return this.#isIn && left + this.#owed.length + this.#received.size === 0
  }

  /** What is left to do, for whoever waits. */
  get rest(): string {
    const unfinished = this.#unfinished.map(({ said, released }) => `${said.number} ${released}`)
    return `${this.plan.id}: ${this.#isIn} unfinished ${unfinished.join()} requests ${this.#requests.size} owed ${inWords(this.#owed).join()} received ${[...this.#received.keys()].join()}`
  }

  /** Connects; if it is connected, it does so again without a word. */
  connect(): void {
    const account: CrashAccount = this.#surroundings.account
    const { id, version, durable, window, will } = this.plan
    if (this.#line !== undefined) {
      this.#line.onData = ignore
      this.#line.onClose = ignore
    }
    this.#lost()
    for (const one of this.#wills) one.comesBack()
    const line = this.#surroundings.dial()
    const decoder = new Decoder({ version })
    line.onData = (chunk) => {
      decoder.push(chunk)
      for (let packet; (packet = decoder.next()) !== undefined;) this.#take(plainPacket(packet))
    }
    line.onClose = () => {
      if (this.#line === line) this.#lost()
    }
    this.#line = line
    const properties = { receiveMaximum: window }
    const kept = durable ? lasting(version, properties) : { version, properties }
    const cleanStart = this.#wantsClean || (!durable && version !== 5)
    this.#will = undefined
    if (will !== undefined) {
      const said = { publisher: id, topic: `w/${id}`, qos: will.qos, retain: false } as const
      const one = account.say({ ...said, isEmpty: false, will: 'perhaps' })
      this.#will = new CrashWill(one, durable ? will.delay : 0)
      this.#wills.push(this.#will)
    }
    const fields = { ...(version === 5 ? kept : { version }), clientId: id, cleanStart }
    this.#say(connect({ ...fields, ...(this.#will && { will: this.#will.packet(version) }) }))
  }

  /** Begins anew, as MQTT 5.0 can. */
  clean(): void {
    if (this.plan.version !== 5) return
    const account: CrashAccount = this.#surroundings.account
    this.#wantsClean = true
    account.gives(this.plan.id)
    this.#era++
    this.#received.clear()
    for (const { said } of this.#unfinished) said.isGivenUp = true
    this.#unfinished = []
    for (const one of this.#wills) one.isEnded()
    this.connect()
  }

  /** The cable is pulled. */
  cut(): void {
    this.#line?.cut()
    this.#lost()
  }

  /** From here on nothing comes, though everything goes. */
  freeze(): void {
    this.#line?.freeze()
  }

  /** Says goodbye. */
  leave(): void {
    if (!this.#isIn) return
    this.#say(disconnect())
    this.#line?.close()
    this.#will?.leaves()
    this.#will = undefined
    this.#lost()
  }

  /** The broker is killed. */
  crashed(): void {
    for (const one of this.#wills) one.crashes()
    this.#lost()
  }

  /** Everything said so far is stored. */
  settled(): void {
    for (const one of this.#wills) one.settled()
  }

  /** So much time has passed that every will was published that is to be. */
  waited(): void {
    const now = this.#surroundings.now()
    for (const one of this.#wills) one.waited(now)
  }

  /** Publishes, if it is connected and has room. */
  publish(said: Pick<Said, 'topic' | 'qos' | 'retain' | 'isEmpty'>): void {
    if (!this.#isIn || this.#unfinished.length >= UNFINISHED_MAX) return
    const account: CrashAccount = this.#surroundings.account
    do this.#packetId = 1 + (this.#packetId % 12)
    while (this.#unfinished.some(({ packet }) => packet.packetId === this.#packetId))
    const one = account.say({ ...said, publisher: this.plan.id, will: undefined })
    const { topic, qos, retain, isEmpty } = said
    const fields = { qos, retain, packetId: this.#packetId }
    const packet = publish(topic, isEmpty ? '' : `${one.number}`, fields)
    this.#unfinished.push({ said: one, packet, released: false })
    this.#say(packet)
  }

  /** Is to have a subscription. */
  subscribe(subscription: Subscription): void {
    this.#unwanted.delete(subscription.filter)
    this.#wanted.set(subscription.filter, subscription)
    if (this.#isIn) this.#request('subscribe', subscription.filter)
  }

  /** Is to have it no longer. */
  unsubscribe(filter: string): void {
    if (!this.#wanted.delete(filter)) return
    this.#unwanted.add(filter)
    this.#told.delete(filter)
    if (this.#isIn) this.#request('unsubscribe', filter)
  }

  /** Answers so many of the messages that it got. */
  acknowledge(count: number): void {
    if (!this.#isIn) return
    for (const packet of this.#owed.splice(0, count)) this.#answer(packet)
  }

  #lost(): void {
    if (this.#line !== undefined && this.#exists === false && this.plan.durable) {
      this.#exists = undefined // It was not told.
    }
    this.#line = undefined
    this.#isIn = false
    this.#requests.clear()
    this.#owed.length = 0
    this.#open.clear()
    this.#will?.isLost(this.#surroundings.now())
    this.#will = undefined
    if (this.plan.durable) return
    for (const { said } of this.#unfinished) said.isGivenUp = true
    this.#unfinished = []
  }

  #say(packet: Packet): void {
    this.#surroundings.account.note(`${this.plan.id} > ${inWords([packet]).join()}${about(packet)}`)
    this.#line?.write([encode(packet, this.plan.version)])
  }

  #take(packet: Packet): void {
    const account: CrashAccount = this.#surroundings.account
    const held = account.isHeld ? ' (held)' : ''
    account.note(`${this.plan.id} < ${inWords([packet]).join()}${about(packet)}${held}`)
    if (packet.type === 'connack') this.#connected(packet)
    else if (packet.type === 'publish') this.#got(packet)
    else if (packet.type === 'suback' || packet.type === 'unsuback') this.#granted(packet)
    else if (packet.type === 'pubrel') this.#released(packet.packetId)
    else if ('packetId' in packet) this.#answered(packet)
    else account.demand(packet.type === 'disconnect', `nobody asked for ${packet.type}`)
  }

  #connected({ reasonCode, sessionPresent }: ConnackPacket): void {
    const account: CrashAccount = this.#surroundings.account
    const { id, durable, will } = this.plan
    account.demand(reasonCode === 0, `${id} is let in`)
    this.#demandStored(durable || will !== undefined)
    const exists = this.#wantsClean ? false : this.#exists
    account.demand(exists !== false || !sessionPresent, `${id} begins anew`)
    account.demand(exists !== true || sessionPresent, `${id} finds its session`)
    this.#isIn = true
    this.#will?.arms()
    if (durable) this.#exists = true
    if (this.#wantsClean || !sessionPresent) account.given(account.gives(id))
    if (!sessionPresent) {
      this.#received.clear()
      this.#told.clear()
    }
    for (const one of this.#wills) if (one !== this.#will) one.isBack(this.#surroundings.now())
    this.#wantsClean = false
    for (const { packet, released } of this.#unfinished) {
      this.#say(released ? ack('pubrel', packet.packetId) : { ...packet, dup: true })
    }
    for (const filter of this.#wanted.keys()) {
      if (!this.#told.has(filter)) this.#request('subscribe', filter)
    }
    for (const filter of this.#unwanted) this.#request('unsubscribe', filter)
  }

  #request(type: Request['type'], filter: string): void {
    const account: CrashAccount = this.#surroundings.account
    const { id } = this.plan
    const packetId = ++this.#requestId
    if (type === 'unsubscribe') {
      const given = account.gives(id, filter)
      this.#requests.set(packetId, { type, filter, given })
      this.#say({ type, packetId, filters: [filter] })
      return
    }
    const wanted = this.#wanted.get(filter)
    if (wanted === undefined) return
    this.#requests.set(packetId, { type, filter, held: account.asks(id, wanted) })
    const isShared = filter.startsWith('$share/')
    const one = { ...wanted, ...(isShared && { identifier: SHARED_IDENTIFIER }) }
    this.#say({ ...subscribe(one), packetId })
  }

  #granted({ packetId }: { readonly packetId: number }): void {
    const account: CrashAccount = this.#surroundings.account
    const request = this.#requests.get(packetId)
    this.#requests.delete(packetId)
    account.demand(request !== undefined, 'what is granted was asked for')
    this.#demandStored(this.plan.durable)
    if (request.type === 'unsubscribe') {
      this.#unwanted.delete(request.filter)
      account.given(request.given)
    } else {
      account.granted(request.held)
      if (this.#wanted.has(request.filter)) this.#told.add(request.filter)
    }
  }

  #got(packet: PublishPacket): void {
    const account: CrashAccount = this.#surroundings.account
    const { packetId, qos, dup, topic, retain, payload, properties } = packet
    const text = new TextDecoder().decode(payload)
    const { id, window, slow } = this.plan
    const known = this.#received.get(packetId)
    if (qos === 2) {
      this.#demandStored(this.plan.durable && !dup)
      account.demand(known === undefined || dup, `${id} has ${packetId} already, with ${known}`)
      account.demand(known === undefined || known === text, `${packetId} was ${known} to ${id}`)
      this.#received.set(packetId, text)
    }
    this.#open.add(packetId)
    account.demand(this.#open.size <= window, `${id} takes ${window} at a time`)
    const isShared = isOfShare(properties)
    if (known === undefined) account.arrived(id, { topic, text, qos, retain, isShared }, this.#era)
    this.#owe(ack(qos === 1 ? 'puback' : 'pubrec', packetId), slow)
  }

  #released(packetId: number): void {
    this.#demandStored(this.plan.durable)
    this.#received.delete(packetId)
    this.#owe(ack('pubcomp', packetId), this.plan.slow)
  }

  #owe(packet: Packet, later: boolean): void {
    if (later) this.#owed.push(packet)
    else this.#answer(packet)
  }

  #answer(packet: Packet): void {
    if ('packetId' in packet && packet.type !== 'pubrec') this.#open.delete(packet.packetId)
    this.#say(packet)
  }

  #answered(packet: Packet & { readonly packetId: number }): void {
    const account: CrashAccount = this.#surroundings.account
    const { type, packetId } = packet
    const one = this.#unfinished.find((other) => other.packet.packetId === packetId)
    const code = 'reasonCode' in packet ? packet.reasonCode : 0
    if (one === undefined) return
    if (type === 'pubcomp') {
      this.#demandStored(code === 0 && this.plan.durable && account.isStored(one.said))
      account.demand(one.released, `${packetId} was released`)
    } else {
      account.demand(code < 0x80, 'nothing is refused')
      account.acknowledged(one.said)
    }
    if (type !== 'pubrec') this.#unfinished = this.#unfinished.filter((other) => other !== one)
    else {
      one.released = true
      this.#say(ack('pubrel', packetId))
    }
  }

  #demandStored(isToBe: boolean): void {
    const account: CrashAccount = this.#surroundings.account
    account.demand(!account.isHeld || !isToBe, 'nothing is answered before it is stored')
  }
}

interface Unfinished {
  readonly said: Said
  readonly packet: PublishPacket
  released: boolean
}

type Request =
  | { readonly type: 'subscribe'; readonly filter: string; readonly held: Held }
  | { readonly type: 'unsubscribe'; readonly filter: string; readonly given: readonly Held[] }

function isOfShare(properties: PublishPacket['properties']): boolean {
  const identifiers = properties?.subscriptionIdentifier ?? []
  return [identifiers].flat().includes(SHARED_IDENTIFIER)
}

function about(packet: Packet): string {
  if (packet.type === 'publish') return ` on ${packet.topic}`
  if (packet.type === 'subscribe')
    return ` ${packet.subscriptions.map(({ filter }) => filter).join()}`
  if (packet.type === 'unsubscribe') return ` ${packet.filters.join()}`
  if (packet.type === 'connect') {
    const will = packet.will && new TextDecoder().decode(packet.will.payload)
    return `${packet.cleanStart ? ' clean' : ''}${will === undefined ? '' : ` will ${will}`}`
  }
  return ''
}

function ignore(): void {
  // It does not listen any more.
}
