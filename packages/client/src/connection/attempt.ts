/**
 * One attempt to be let in by one server: credentials, dialing, CONNECT and what follows up to
 * CONNACK, once for each version if it comes to that.
 */
import { MqttError, ReasonCode } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import type { ClientOutput, ClientSession, ConnectedEffect, LeavingDetails } from '@godwit/session'
import type { Transport } from '@godwit/transport'
import { abortable } from '../abortable.ts'
import type { Mechanism } from '../authentication.ts'
import { Connection } from './connection.ts'
import type { ConnectionOwner } from './connection.ts'
import { ClientError } from '../errors.ts'
import {
  authenticationFailure,
  closedFailure,
  connectionFailure,
  optionFailure,
} from '../failures.ts'
import { connectRequest } from './handshake.ts'
import type { CloseOptions, Credentials } from '../options.ts'
import type { Publication } from '../outbox/publication.ts'
import type { Rooms } from '../rooms.ts'
import { shown } from './server-address.ts'

/** What an attempt is made with. */
export interface AttemptParts extends Rooms {
  readonly session: ClientSession<Publication>
  /** Who has the connection if it comes about. */
  readonly owner: ConnectionOwner
  readonly url: URL
  readonly clientId: string
  /** Counted from 1. */
  readonly number: number
  /** What was spoken last, so that a server that leaves without a word has another reason. */
  readonly spoken: ProtocolVersion | undefined
}

/** One attempt. */
export class Attempt implements ConnectionOwner {
  readonly #parts: AttemptParts
  readonly #address: string
  readonly #control = new AbortController()
  #connection: Connection | undefined
  #resolve: () => void = () => {}
  #reject: (failure: ClientError) => void = () => {}

  constructor(parts: AttemptParts) {
    this.#parts = parts
    this.#address = shown(parts.url)
  }

  /** See {@link ConnectionOwner}. */
  get output(): ClientOutput<Publication> {
    return this.#parts.owner.output
  }

  /**
   * Tries, with the version at this place in the list first. Resolves with the place of the one
   * that the server has taken. @throws {ClientError}
   */
  async run(versionIndex: number): Promise<number> {
    const { settings, spoken } = this.#parts
    const { versions } = settings
    const credentials = await this.#credentials()
    for (let index = versionIndex; ; index++) {
      const version = versions[index] ?? versions[0]
      try {
        await this.#enter(version, credentials)
        return index
      } catch (error) {
        if (this.#control.signal.aborted || versions[index + 1] === undefined) throw error
        if (!isAboutVersion(error, version === spoken)) throw error
      }
    }
  }

  /**
   * Ends the attempt and the connection that it has led to. Resolves when the transport is gone.
   * @throws {MqttError} for details that may not be said; the connection is ended all the same.
   */
  async leave(options: CloseOptions): Promise<void> {
    this.#control.abort(closedFailure())
    const link = this.#connection?.link
    if (link === undefined) return
    const { reasonCode = ReasonCode.NormalDisconnection } = options
    const cause = 'The client is closed'
    try {
      link.leave(reasonCode, cause, link.version === 5 ? lastWords(options) : {})
    } catch (error) {
      link.leave(reasonCode, cause)
      throw error
    } finally {
      await link.gone
    }
  }

  /** Cuts off a server that does not answer the end. */
  destroy(): void {
    this.#connection?.link.destroy()
  }

  /** See {@link ConnectionOwner}. */
  entered(connection: Connection, effect: ConnectedEffect<Publication>): void {
    this.#parts.owner.entered(connection, effect)
    this.#resolve()
  }

  /** See {@link ConnectionOwner}. */
  ended(connection: Connection, failure: ClientError, discarded: readonly Publication[]): void {
    this.#parts.owner.ended(connection, failure, discarded)
    this.#reject(failure)
  }

  async #credentials(): Promise<Credentials> {
    const { settings, number } = this.#parts
    const { credentials } = settings.options
    if (credentials === undefined) return settings.credentials
    const { signal } = this.#control
    return abortable(
      called(() => credentials(number)),
      signal,
    ).catch((error: unknown) => {
      if (error instanceof ClientError) throw error
      throw connectionFailure(this.#address, error, ' It was `credentials` that failed.')
    })
  }

  /** Begins anew if the server goes on with a session that we do not have. */
  async #enter(version: ProtocolVersion, credentials: Credentials): Promise<void> {
    const { settings, session } = this.#parts
    const { cleanStart = true } = settings.options
    const isClean = cleanStart && (version !== 5 || !session.exists)
    try {
      await this.#meet(version, credentials, isClean)
    } catch (error) {
      if (!(error instanceof ClientError) || error.statement !== 'MQTT-3.2.2-4') throw error
      await this.#meet(version, credentials, true)
    }
  }

  async #meet(
    version: ProtocolVersion,
    credentials: Credentials,
    cleanStart: boolean,
  ): Promise<void> {
    const { settings, clientId } = this.#parts
    const { clock, limits, options } = settings
    const { mechanism, first } = await this.#authentication()
    const request = connectRequest(options, {
      version,
      clientId,
      cleanStart,
      credentials,
      ...(mechanism !== undefined && { authenticationMethod: mechanism.method }),
      ...(first !== undefined && { authenticationData: first }),
    })
    const timer = clock.after(limits.connectTimeoutMs, () => this.#timedOut())
    try {
      const transport = await this.#dial()
      await this.#connect(transport, mechanism, request)
    } finally {
      timer[Symbol.dispose]()
    }
  }

  /** The mechanism, if there is one, and its first word. */
  async #authentication(): Promise<Beginning> {
    const { authentication } = this.#parts.settings.options
    const { signal } = this.#control
    return abortable(
      called(async () => {
        const mechanism = authentication?.()
        return { mechanism, first: await mechanism?.start() }
      }),
      signal,
    ).catch((error: unknown) => {
      throw error instanceof ClientError ? error : authenticationFailure(this.#address, error)
    })
  }

  async #dial(): Promise<Transport> {
    const { url, settings } = this.#parts
    const { signal } = this.#control
    const { tls } = settings.options
    const options = tls === undefined ? { signal } : { signal, tls }
    try {
      const transport = await abortable(
        called(() => settings.dial(url, options)),
        signal,
        (late) => late.destroy(),
      )
      if (signal.aborted) transport.destroy()
      signal.throwIfAborted()
      return transport
    } catch (error) {
      throw error instanceof ClientError
        ? error
        : connectionFailure(this.#address, error, adviceAbout(url))
    }
  }

  #connect(
    transport: Transport,
    mechanism: Mechanism | undefined,
    request: ReturnType<typeof connectRequest>,
  ): Promise<void> {
    const { session, settings, outbox, subscriptions } = this.#parts
    const { limits, clock } = settings
    const rooms = { outbox, subscriptions, session, limits, clock }
    const about = { address: this.#address, mechanism, owner: this }
    return new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      try {
        this.#connection = new Connection({ ...rooms, ...about, transport }, request)
      } catch (error) {
        transport.destroy()
        reject(
          error instanceof MqttError
            ? optionFailure(`Connecting to ${this.#address}`, error)
            : error,
        )
      }
    })
  }

  #timedOut(): void {
    const { connectTimeoutMs } = this.#parts.settings.limits
    const cause = `No answer came within ${connectTimeoutMs} ms`
    const failure = connectionFailure(this.#address, cause)
    this.#control.abort(failure)
    this.#connection?.link.lose(cause, failure)
  }
}

interface Beginning {
  readonly mechanism: Mechanism | undefined
  readonly first: Uint8Array | undefined
}

function lastWords({ endSession, userProperty }: CloseOptions): LeavingDetails {
  return {
    ...(endSession === true && { sessionExpiryInterval: 0 }),
    ...(userProperty !== undefined && { userProperty }),
  }
}

/**
 * Whether the server may know another version: it said so; or it left without a word, as old ones
 * do, and has not spoken this one before. To fall back for nothing would cost the session.
 */
function isAboutVersion(error: unknown, isSpoken: boolean): boolean {
  if (!(error instanceof ClientError)) return false
  const { code, reasonCode } = error
  if (code === 'connect-refused') return reasonCode === ReasonCode.UnsupportedProtocolVersion
  return code === 'connection-failed' && reasonCode !== undefined && !isSpoken
}

function adviceAbout({ protocol, pathname }: URL): string {
  if (!protocol.startsWith('ws') || pathname !== '/') return ''
  return ' Many servers take WebSocket connections at a path such as /mqtt only.'
}

/** What is thrown at once becomes a rejection, too. */
async function called<T>(work: () => T | Promise<T>): Promise<T> {
  return work()
}
