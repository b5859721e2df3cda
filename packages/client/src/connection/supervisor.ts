/**
 * Keeps a client connected: attempts, one after the other, until it is closed or gives up.
 *
 *     connecting --let in--> connected --lost--> waiting --> connecting ...
 *         |  ^                                     ^
 *         |  +-- another version or server, at once |
 *         +---------------- failed -----------------+        closed, from everywhere
 *
 * The state, the outbox and the subscriptions change in the same turn as the connection does.
 */
import { MqttError } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import type { ClientOutput, ConnectedEffect } from '@godwit/session'
import { ClientSession } from '@godwit/session'
import { abortable } from '../abortable.ts'
import { Attempt } from './attempt.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { Destinations } from './destinations.ts'
import { ClientError } from '../errors.ts'
import { closedFailure, connectionFailure, optionFailure, policyFailure } from '../failures.ts'
import type { CloseOptions } from '../options.ts'
import type { Publication } from '../outbox/publication.ts'
import { Reconnection } from './reconnection.ts'
import type { Rooms } from '../rooms.ts'
import { StatusFeed } from './status-feed.ts'

/** How long a connection has to last to count as one: who is thrown out before, waits longer. */
const STEADY_MS = 10_000
/** The longest delay of a timer, 24 days. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** How long `close` waits for a server that does not answer the end, and for a store. */
const CLOSE_TIMEOUT_MS = 5000

/** The life of one client. */
export class Supervisor implements ConnectionOwner {
  readonly feed: StatusFeed = new StatusFeed({ state: 'connecting', attempt: 1 })
  readonly #rooms: Rooms
  readonly #session: ClientSession<Publication>
  readonly #destinations: Destinations
  readonly #reconnection: Reconnection
  /** Whether it goes on after a failure before it was ever connected. */
  readonly #isPatient: boolean
  #clientId: string
  /** The attempt that is going on. */
  #attempt: Attempt | undefined
  /** The connection whose server has let the client in. */
  #connection: Connection | undefined
  #connectedAt = 0
  /** The version of the last connection; `undefined` before there was one. */
  #spoken: ProtocolVersion | undefined
  /** A server has begun another session on a connection that did not come about. */
  #hasBegunAnew = false
  /** Where in the list of versions the server was met. */
  #versionIndex = 0
  #pause: Disposable | undefined
  #waking: Disposable | undefined
  #closing: Promise<void> | undefined
  #isOver = false
  /** Settled when the client was let in for the first time, or will never be. */
  readonly #first: Deferred
  /** Settled when everything is put away. */
  readonly #end: Deferred

  constructor(rooms: Rooms, isPatient: boolean) {
    const { options, url, clientId } = rooms.settings
    this.#rooms = rooms
    this.#isPatient = isPatient
    this.#clientId = clientId
    this.#session = new ClientSession(options.cleanStart === false)
    this.#destinations = new Destinations(url, options.followServerReference === true)
    this.#reconnection = new Reconnection(options)
    this.#first = deferred()
    this.#end = deferred()
  }

  /** The Client Identifier in force. */
  get clientId(): string {
    return this.#clientId
  }

  /** The connection, while there is one. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  /** Why nothing is taken on any more, if the client is closed or about to be. */
  get closure(): ClientError | undefined {
    if (this.#closing === undefined && !this.#isOver) return undefined
    const { status } = this.feed
    return closedFailure(status.state === 'closed' ? status.cause : undefined)
  }

  /** Where acknowledgements go that come too late for their own connection. */
  get output(): ClientOutput<Publication> {
    return this.#connection?.link.output ?? NOWHERE
  }

  /** Begins. Resolves when the client is let in for the first time. @throws {ClientError} */
  start(): Promise<void> {
    const { options, onWake } = this.#rooms.settings
    const { signal } = options
    this.#waking = onWake?.(() => this.#woke())
    if (signal?.aborted === true) this.#aborted()
    else signal?.addEventListener('abort', this.#aborted, { once: true })
    void this.#begin()
    return this.#first.promise
  }

  /** See `Client`. */
  async connected(signal: AbortSignal | undefined): Promise<void> {
    for await (const status of this.feed.changes(signal)) {
      if (status.state === 'connected') return
      if (status.state === 'closed') throw closedFailure(status.cause)
    }
  }

  /** See `Client`. */
  async reauthenticate(signal: AbortSignal | undefined): Promise<void> {
    const { authentication } = this.#rooms.settings.options
    if (authentication === undefined) throw new TypeError('There is no `authentication` to repeat')
    if (this.#isOver) throw closedFailure()
    signal?.throwIfAborted()
    const connection = this.#connection
    if (connection === undefined) {
      // The next connection begins with an authentication of its own.
      await this.connected(signal)
      return
    }
    await abortable(connection.reauthenticate(authentication()), signal)
  }

  /** See `Client`. */
  close(options: CloseOptions = {}): Promise<void> {
    return (this.#closing ??= this.#close(options))
  }

  /** See {@link ConnectionOwner}. */
  entered(connection: Connection, effect: ConnectedEffect<Publication>): void {
    const { outbox, subscriptions, counters, settings } = this.#rooms
    const { terms, discarded } = effect
    const { link } = connection
    const sessionPresent = effect.sessionPresent && !this.#hasBegunAnew
    this.#hasBegunAnew = false
    this.#connection = connection
    this.#connectedAt = settings.clock.now()
    this.#spoken = link.version
    this.#clientId = terms.clientId
    counters.connections++
    this.feed.change({ state: 'connected', version: link.version, sessionPresent, terms })
    this.#first.resolve()
    // MQTT 3.1 cannot say that it has kept what it was asked to keep.
    const isResumed =
      sessionPresent || (link.version === 3 && settings.options.cleanStart === false)
    subscriptions.connected(link, sessionPresent, isResumed)
    link.resend()
    outbox.connected(link, discarded)
  }

  /** See {@link ConnectionOwner}. */
  ended(connection: Connection, failure: ClientError, discarded: readonly Publication[]): void {
    const { outbox, subscriptions } = this.#rooms
    if (!connection.isEntered) {
      if (connection.hasBegunAnew) this.#hasBegunAnew = true
      if (discarded.length > 0) outbox.lost(discarded)
      return
    }
    this.#connection = undefined
    outbox.lost(discarded)
    subscriptions.lost()
    if (this.#rooms.settings.clock.now() - this.#connectedAt >= STEADY_MS) {
      this.#reconnection.rested()
      this.#destinations.rested()
    }
    this.#failed(failure)
  }

  readonly #aborted = (): void => {
    void this.close().catch(() => {})
  }

  async #begin(): Promise<void> {
    try {
      await this.#rooms.outbox.open()
    } catch (error) {
      await this.#finish(asFailure(error))
    }
    this.#connect()
  }

  #connect(): void {
    if (this.#isOver) return
    const number = this.#reconnection.failures + 1
    const { status } = this.feed
    if (status.state !== 'connecting' || status.attempt !== number) {
      this.feed.change({ state: 'connecting', attempt: number })
    }
    const attempt = new Attempt({
      ...this.#rooms,
      session: this.#session,
      owner: this,
      url: this.#destinations.current,
      clientId: this.#clientId,
      number,
      spoken: this.#spoken,
    })
    this.#attempt = attempt
    void this.#run(attempt)
  }

  async #run(attempt: Attempt): Promise<void> {
    try {
      this.#versionIndex = await attempt.run(this.#versionIndex)
    } catch (error) {
      this.#versionIndex = 0
      this.#failed(asFailure(error))
    }
  }

  /** An attempt or a connection has failed: what next? */
  #failed(failure: ClientError): void {
    if (this.#isOver) return
    if (this.#destinations.turn(failure)) {
      this.#connect()
      return
    }
    if (this.#spoken === undefined && !this.#isPatient) {
      void this.#finish(failure)
      return
    }
    try {
      const delayMs = this.#reconnection.next(failure)
      if (delayMs === false) void this.#finish(failure)
      else this.#wait(delayMs, failure)
    } catch (error) {
      void this.#finish(policyFailure(error))
    }
  }

  #wait(delayMs: number, cause: ClientError): void {
    const { clock } = this.#rooms.settings
    const until = clock.now() + delayMs
    const attempt = this.#reconnection.failures
    this.feed.change({ state: 'waiting', attempt, delayMs, until, cause })
    this.#pause = clock.after(delayMs, () => this.#tryAgain())
  }

  #tryAgain(): void {
    this.#pause?.[Symbol.dispose]()
    this.#destinations.rested()
    this.#connect()
  }

  /** The program was asleep, or the network is back. */
  #woke(): void {
    this.#connection?.link.look()
    if (this.feed.status.state === 'waiting') this.#tryAgain()
  }

  async #close(options: CloseOptions): Promise<void> {
    const { drainTimeoutMs = 0 } = options
    if (drainTimeoutMs > 0 && !this.#isOver) await this.#drained(drainTimeoutMs)
    if (!this.#isOver) {
      this.#isOver = true
      const gone = this.#leave(options)
      void this.#finish()
      try {
        await gone
      } catch (error) {
        await this.#end.promise
        throw error instanceof MqttError ? optionFailure('Saying so at the end', error) : error
      }
    }
    await this.#end.promise
  }

  /** Resolves when nothing is left to be sent, or the time is up, or the client has given up. */
  #drained(timeoutMs: number): Promise<void> {
    const settled = Promise.race([this.#rooms.outbox.settled(), this.#end.promise])
    return this.#bounded(settled, timeoutMs, () => {})
  }

  /** Says goodbye. Resolves when the transport is gone. @throws {MqttError} for its details. */
  async #leave(options: CloseOptions): Promise<void> {
    const attempt = this.#attempt
    if (attempt === undefined) return
    const { cleanStart } = this.#rooms.settings.options
    const { endSession = cleanStart !== false } = options
    const left = attempt.leave({ ...options, endSession })
    await this.#bounded(left, CLOSE_TIMEOUT_MS, () => attempt.destroy())
  }

  /** Waits for what may never happen: for so long, and then does something about it. */
  async #bounded(work: Promise<void>, timeoutMs: number, late: () => void): Promise<void> {
    const timeout = deferred()
    const timer = this.#rooms.settings.clock.after(Math.min(timeoutMs, DELAY_MS_MAX), () => {
      late()
      timeout.resolve()
    })
    try {
      await Promise.race([work, timeout.promise])
    } finally {
      timer[Symbol.dispose]()
    }
  }

  /** It is over, because of a failure or by `close`. */
  async #finish(cause?: ClientError): Promise<void> {
    const { outbox, subscriptions, settings } = this.#rooms
    this.#isOver = true
    this.#pause?.[Symbol.dispose]()
    this.#waking?.[Symbol.dispose]()
    settings.options.signal?.removeEventListener('abort', this.#aborted)
    this.feed.change(cause === undefined ? { state: 'closed' } : { state: 'closed', cause })
    const failure = closedFailure(cause)
    this.#first.reject(cause ?? failure)
    subscriptions.close(cause ?? failure)
    const put = outbox.close(failure).catch(() => {})
    await this.#bounded(put, CLOSE_TIMEOUT_MS, () => {})
    this.#end.resolve()
  }
}

/** Where nothing goes. */
const NOWHERE: ClientOutput<Publication> = {
  hasRoom: false,
  publish: () => {},
  acknowledge: () => {},
  refuse: () => {},
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: ClientError) => void
}

/** A promise to be settled elsewhere; nobody needs to wait for it. */
function deferred(): Deferred {
  let resolve = (): void => {}
  let reject: Deferred['reject'] = () => {}
  const promise = new Promise<void>((...settle) => {
    ;[resolve, reject] = settle
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

function asFailure(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  return connectionFailure('the server', error)
}
