// One outbox and its model, side by side, through the same events: they have to agree after each.
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { ReasonCode } from '@godwit/codec'
import { ClientError } from '../src/errors.ts'
import type { PublishOptions } from '../src/options.ts'
import type { Publication } from '../src/outbox/publication.ts'
import { OutboxModel } from './outbox-model.ts'
import type { Call } from './outbox-model.ts'
import { CLOSED, FakeLink, OutboxWorld } from './outbox-world.ts'

/** What happens to an outbox. Those that do not fit to where it stands do nothing. */
export type Event =
  | { readonly type: 'publish'; readonly call: Call }
  | { readonly type: 'connect'; readonly isKept: boolean; readonly room: number }
  | { readonly type: 'lose'; readonly isKept: boolean }
  | { readonly type: 'room'; readonly room: number }
  | { readonly type: 'acknowledge'; readonly nth: number; readonly isRefused: boolean }
  | { readonly type: 'receive'; readonly nth: number }
  | { readonly type: 'abort'; readonly nth: number }
  | { readonly type: 'advance'; readonly ms: number }

/** How an outbox and its connections are bounded. */
export interface RunBounds {
  readonly messagesMax: number
  readonly quota: number
}

/** Runs the events, then closes the outbox. */
export class OutboxRun {
  readonly #bounds: RunBounds
  readonly #world: OutboxWorld
  readonly #model: OutboxModel
  readonly #outcomes = new Map<number, string>()
  readonly #wire: string[] = []
  readonly #controllers: AbortController[] = []
  #inFlight: Publication[] = []
  #link: FakeLink | undefined

  constructor(bounds: RunBounds) {
    this.#bounds = bounds
    this.#world = new OutboxWorld({ messagesMax: bounds.messagesMax })
    this.#model = new OutboxModel(bounds.messagesMax, bounds.quota)
  }

  async run(events: readonly Event[]): Promise<void> {
    for (const event of events) {
      this.#happen(event)
      await this.#compare()
    }
    this.#model.close()
    await this.#world.outbox.close(CLOSED)
    this.#inFlight = []
    await this.#compare()
    strictEqual(this.#outcomes.size, this.#controllers.length)
    await this.#world.outbox.settled()
  }

  #happen(event: Event): void {
    const { outbox, clock } = this.#world
    switch (event.type) {
      case 'publish':
        this.#publish(event.call)
        break
      case 'connect':
        this.#connect(event.isKept, event.room)
        break
      case 'lose':
        if (this.#link === undefined) break
        this.#model.lose(event.isKept)
        this.#link = undefined
        outbox.lost(event.isKept ? [] : this.#inFlight.splice(0))
        break
      case 'room':
        if (this.#link === undefined) break
        this.#model.makeRoom(event.room)
        this.#link.room = event.room
        outbox.flush()
        break
      case 'acknowledge':
        this.#acknowledge(event.nth, event.isRefused)
        break
      case 'receive':
        this.#receive(event.nth)
        break
      case 'abort':
        this.#abort(event.nth)
        break
      case 'advance':
        this.#model.advance(event.ms)
        clock.advance(event.ms)
        break
    }
    clock.settle()
  }

  #publish(call: Call): void {
    const id = this.#controllers.length
    const controller = new AbortController()
    const { topic, qos, offline, timeToLiveMs, expirySeconds } = call
    this.#controllers.push(controller)
    this.#model.publish(id, call)
    const options: PublishOptions = {
      qos,
      offline,
      signal: controller.signal,
      ...(timeToLiveMs !== undefined && { timeToLiveMs }),
      ...(expirySeconds !== undefined && { properties: { messageExpiryInterval: expirySeconds } }),
    }
    this.#world.outbox.publish(topic, `${id}`, options).then(
      () => this.#outcomes.set(id, 'sent'),
      (error: unknown) => {
        this.#outcomes.set(id, error instanceof ClientError ? error.code : String(error))
      },
    )
  }

  /** Counted from the last. */
  #abort(nth: number): void {
    const id = this.#controllers.length - 1 - nth
    if (id < 0) return
    this.#model.abort(id)
    this.#controllers[id]!.abort('aborted')
  }

  #connect(isKept: boolean, room: number): void {
    if (this.#link !== undefined) return
    const link = new FakeLink()
    link.room = room
    link.quota = this.#bounds.quota
    const discarded = isKept ? [] : this.#inFlight.splice(0)
    link.inFlight = this.#inFlight
    link.meanwhile = () => this.#note(link)
    this.#model.connect(isKept, room)
    this.#link = link
    this.#world.outbox.connected(link, discarded)
  }

  #note(link: FakeLink): void {
    const { text, properties = {} } = link.sent.at(-1)!
    const left = 'messageExpiryInterval' in properties ? properties.messageExpiryInterval : ''
    this.#wire.push(`${text} ${String(left)}`)
  }

  #acknowledge(nth: number, isRefused: boolean): void {
    const publication = this.#inFlight[nth]
    if (publication === undefined || this.#link === undefined) return
    const type = publication.qos === 1 ? 'puback' : publication.received ? 'pubcomp' : 'pubrec'
    if (type === 'pubrec' && !isRefused) return
    const isRejected = isRefused && type !== 'pubcomp'
    const reasonCode = isRefused ? ReasonCode.QuotaExceeded : ReasonCode.Success
    this.#inFlight.splice(nth, 1)
    this.#model.acknowledge(numberOf(publication), isRejected ? 'publish-refused' : 'sent')
    this.#world.answer(publication, { type, packetId: 1, reasonCode })
  }

  #receive(nth: number): void {
    const publication = this.#inFlight[nth]
    if (publication?.qos !== 2 || this.#link === undefined) return
    publication.received = true
    this.#model.receive(numberOf(publication))
  }

  async #compare(): Promise<void> {
    for (let n = 0; n < 5; n++) await Promise.resolve()
    const { statistics } = this.#world
    deepStrictEqual(this.#wire, this.#model.wire)
    deepStrictEqual(byNumber(this.#outcomes), byNumber(this.#model.outcomes))
    strictEqual(statistics.outboxMessages, this.#model.held)
    ok(statistics.outboxMessages <= this.#bounds.messagesMax)
    deepStrictEqual(this.#inFlight.map(numberOf), this.#model.inFlight)
  }
}

function numberOf({ payload }: Publication): number {
  return Number(new TextDecoder().decode(payload))
}

function byNumber(outcomes: ReadonlyMap<number, string>): readonly (readonly [number, string])[] {
  return [...outcomes].toSorted(([one], [other]) => one - other)
}
