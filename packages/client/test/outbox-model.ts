// What an outbox is to do, said as simply as it can be: one array in the order of the calls, walked
// through from the front each time.
import type { QoS } from '@godwit/codec'
import type { OfflinePolicy } from '../src/options.ts'

/** What is published in the model. */
export interface Call {
  readonly topic: string
  readonly qos: QoS
  readonly offline: OfflinePolicy
  readonly timeToLiveMs?: number
  readonly expirySeconds?: number
}

interface Item extends Call {
  readonly id: number
  readonly at: number
  state: 'waiting' | 'in flight' | 'over'
  attempted: boolean
  received: boolean
  withdrawn: boolean
}

/** An outbox, its connection and its session. Every message is of one byte. */
export class OutboxModel {
  /** What has become of each promise; those that are open are not in it. */
  readonly outcomes: Map<number, string> = new Map()
  /** What was put on the wire, with the seconds that its Message Expiry Interval still had. */
  readonly wire: string[] = []
  readonly #messagesMax: number
  readonly #quota: number
  /** In the order in which they are to be sent. */
  #items: Item[] = []
  #isConnected = false
  #room = 0
  #now = 0

  constructor(messagesMax: number, quota: number) {
    this.#messagesMax = messagesMax
    this.#quota = quota
  }

  get held(): number {
    return this.#items.length
  }

  /** What is in flight, oldest first. */
  get inFlight(): number[] {
    return this.#in('in flight').map(({ id }) => id)
  }

  publish(id: number, call: Call): void {
    const at = this.#now
    const state = 'waiting' as const
    const item: Item = {
      ...call,
      id,
      at,
      state,
      attempted: false,
      received: false,
      withdrawn: false,
    }
    const isStraight = this.#isConnected && this.#room > 0 && this.#in('waiting').length === 0
    const earlier = this.#isConnected ? undefined : this.#gives(item)
    if (!this.#isConnected && call.offline === 'drop') this.#settle(item, 'offline')
    else if (this.held - (earlier === undefined ? 0 : 1) >= this.#messagesMax) {
      if (isStraight && call.qos === 0) this.#send(item)
      else this.#settle(item, 'outbox-full')
    } else {
      if (earlier !== undefined) this.#settle(earlier, 'superseded')
      this.#items.push(item)
      if (isStraight) this.#flush(false)
    }
  }

  connect(isKept: boolean, room: number): void {
    this.#isConnected = true
    this.#room = room
    if (!isKept) this.#discard()
    this.#flush(true)
  }

  lose(isKept: boolean): void {
    this.#isConnected = false
    if (!isKept) this.#discard()
    for (const item of this.#in('waiting')) {
      if (item.attempted) continue
      if (item.offline === 'drop') this.#settle(item, 'offline')
      const earlier = this.#gives(item)
      if (earlier !== undefined) this.#settle(earlier, 'superseded')
    }
  }

  makeRoom(room: number): void {
    this.#room = room
    this.#flush(true)
  }

  acknowledge(id: number, outcome: string): void {
    this.#settle(
      this.#items.find((item) => item.id === id)!,
      outcome,
    )
    this.#flush(true)
  }

  receive(id: number): void {
    this.#items.find((item) => item.id === id)!.received = true
  }

  abort(id: number): void {
    const item = this.#items.find((item) => item.id === id)
    if (item === undefined || this.outcomes.has(id)) return
    if (item.state === 'waiting') this.#settle(item, 'aborted')
    this.outcomes.set(id, 'aborted')
    item.withdrawn = true
  }

  advance(ms: number): void {
    this.#now += ms
    for (const item of this.#in('waiting')) if (this.#isOver(item)) this.#settle(item, 'expired')
  }

  close(): void {
    for (const item of this.#items.slice()) this.#settle(item, 'closed')
    this.#isConnected = false
  }

  /** The one that waits for the same topic and gives way. */
  #gives({ id, offline, topic }: Item): Item | undefined {
    if (offline !== 'keep-last') return undefined
    return this.#in('waiting').find(
      (item) =>
        item.offline === 'keep-last' && item.topic === topic && !item.attempted && item.id < id,
    )
  }

  #flush(checksTime: boolean): void {
    for (const item of this.#in('waiting')) {
      if (!this.#isConnected || this.#room <= 0) return
      if (checksTime && this.#isOver(item)) {
        this.#settle(item, 'expired')
        continue
      }
      if (item.qos > 0 && this.inFlight.length >= this.#quota) return
      this.#send(item)
    }
  }

  #send(item: Item): void {
    this.#room--
    const { id, at, qos, expirySeconds } = item
    const left =
      expirySeconds === undefined ? '' : expirySeconds - Math.floor((this.#now - at) / 1000)
    this.wire.push(`${id} ${left}`)
    if (qos === 0) this.#settle(item, 'sent')
    else item.state = 'in flight'
  }

  #discard(): void {
    for (const item of this.#in('in flight')) {
      item.attempted = true
      if (item.received) this.#settle(item, 'sent')
      else if (item.withdrawn) this.#settle(item, 'aborted')
      else item.state = 'waiting'
    }
  }

  #isOver({ at, attempted, timeToLiveMs = Infinity, expirySeconds = Infinity }: Item): boolean {
    const waits = attempted ? Infinity : timeToLiveMs
    return this.#now >= at + Math.min(waits, expirySeconds * 1000)
  }

  #settle(item: Item, outcome: string): void {
    item.state = 'over'
    this.#items = this.#items.filter((other) => other !== item)
    if (!this.outcomes.has(item.id)) this.outcomes.set(item.id, outcome)
  }

  #in(state: Item['state']): Item[] {
    return this.#items.filter((item) => item.state === state)
  }
}
