/** Subscribes for `godwit sub`, and prints until there was enough, time is up, or all is over. */
import type { Client, ConnectOptions, MessageStream, SubscribeOptions } from '@godwit/client'
import { reasonCodeName } from '@godwit/codec'
import { visible } from '../escaping.ts'
import type { SubFlags } from '../flags/sub-flags.ts'
import { printerFor } from '../output/printer.ts'
import { screenFor } from '../output/screen-choice.ts'
import { terminalOf } from '../terminal.ts'
import { untilAborted } from '../until-aborted.ts'
import { Reception } from './reception.ts'
import { ServerBrake } from './server-brake.ts'

/** What is to be subscribed to, and what no more. */
export interface Wanted {
  readonly filters: readonly string[]
  readonly unwanted: readonly string[]
  readonly signal: AbortSignal
}

/** One run of the command: what comes, is chosen and printed. */
export class Subscriber {
  readonly #flags: SubFlags
  readonly #brake = new ServerBrake()
  readonly #screen = screenFor(process.stdout)
  readonly #reception: Reception
  #client: Client | undefined

  constructor(flags: SubFlags) {
    this.#flags = flags
    this.#reception = new Reception({
      flags,
      printer: printerFor(flags, terminalOf(process.stdout), ({ topic }) =>
        tell(`The payload on ${topic} is not JSON, which %J wants.`, flags),
      ),
      screen: this.#screen,
      brake: this.#brake,
      remove: async (topic) => this.#client?.publish(topic, '', { retain: true, qos: 1 }),
    })
  }

  /** What it wants of the client beside what the flags say. */
  options({ dial, cleanStart }: ConnectOptions): Partial<ConnectOptions> {
    return {
      ...(dial !== undefined && { dial: this.#brake.dial(dial) }),
      // What a session brings along for filters that are not named now is printed too.
      ...(cleanStart === false && { unclaimed: (message) => this.#reception.take(message) }),
    }
  }

  /** Subscribes, and prints what comes until that is over. */
  async receive(client: Client, { filters, unwanted, signal }: Wanted): Promise<void> {
    this.#client = client
    const stream = await this.#subscribed(client, filters, signal)
    for (const filter of unwanted) {
      const session = await client.subscribe(filter, { retainHandling: 2, signal })
      await session.close()
    }
    if (this.#flags.exitWhenSubscribed === true) return
    if (stream === undefined && this.#flags.timeout === undefined) return
    await this.#untilOver(stream, signal)
    await this.#reception.settled()
  }

  /** Leaves the terminal as it was found. */
  close(): void {
    this.#screen.close()
  }

  async #subscribed(
    client: Client,
    filters: readonly string[],
    signal: AbortSignal,
  ): Promise<MessageStream | undefined> {
    if (filters.length === 0) return undefined
    const stream = await client.subscribe(filters, { ...subscribeOptions(this.#flags), signal })
    for (const { filter, reasonCode } of stream.refused) {
      const reason = reasonCodeName(reasonCode, 'suback')
      tell(`The server refused the subscription to "${filter}": ${reason}.`, this.#flags)
    }
    return stream
  }

  async #untilOver(stream: MessageStream | undefined, signal: AbortSignal): Promise<void> {
    const messages = stream === undefined ? untilAborted(signal) : this.#pump(stream)
    try {
      await Promise.race([messages, this.#reception.over])
    } finally {
      // Closing the client ends it: to leave the stream would take it out of the session.
      messages.catch(() => {})
    }
  }

  async #pump(stream: MessageStream): Promise<void> {
    const messages = stream[Symbol.asyncIterator]()
    for (;;) {
      const { done, value } = await messages.next()
      if (done === true) return
      const slow = this.#reception.take(value)
      if (slow !== undefined) await slow
    }
  }
}

function subscribeOptions(flags: SubFlags): SubscribeOptions {
  const { retainAsPublished, retainHandling, property } = flags
  const userProperty = property?.subscribe.userProperty
  return {
    qos: flags.qos ?? 0,
    ...(flags.local === false && { noLocal: true }),
    ...(retainAsPublished === true && { retainAsPublished }),
    ...(retainHandling !== undefined && { retainHandling }),
    ...(userProperty !== undefined && { userProperty }),
    acknowledge: 'manual',
    allowPartial: true,
    // The connection is held back instead while whoever reads is slow.
    messagesMax: Infinity,
  }
}

function tell(text: string, { quiet = false }: SubFlags): void {
  if (!quiet) process.stderr.write(`godwit sub: ${visible(text)}\n`)
}
