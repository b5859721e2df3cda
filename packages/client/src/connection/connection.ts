/**
 * One connection of a client and what it takes to be let in: hands on what its link says to the
 * rooms that it is for, and answers for the authentication.
 */
import { MqttError, ReasonCode } from '@godwit/codec'
import type { AcknowledgementPacket, AuthPacket, PublishFrame } from '@godwit/codec'
import type {
  ClientCloseEffect,
  ClientOutput,
  ConnectedEffect,
  ConnectOptions as ConnectRequest,
  SubscribedEffect,
  UnsubscribedEffect,
} from '@godwit/session'
import type { Mechanism } from '../authentication.ts'
import { ClientError } from '../errors.ts'
import { authenticationFailure, endFailure, optionFailure, twiceFailure } from '../failures.ts'
import { Link } from './link.ts'
import type { LinkOwner, LinkParts } from './link-owner.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Publication } from '../outbox/publication.ts'
import type { Subscriptions } from '../subscriptions/subscriptions.ts'

/** Who is told of a connection. */
export interface ConnectionOwner {
  /** The client is in, and the server has proved itself if that was asked for. */
  entered(connection: Connection, effect: ConnectedEffect<Publication>): void
  /** It is over. Called once. */
  ended(connection: Connection, failure: ClientError, discarded: readonly Publication[]): void
  /** See `LinkOwner`. */
  readonly output: ClientOutput<Publication>
}

/** What a connection is made of. */
export interface ConnectionParts extends Omit<LinkParts, 'owner'> {
  /** The server's address, to be shown. */
  readonly address: string
  readonly outbox: Outbox
  readonly subscriptions: Subscriptions
  readonly mechanism: Mechanism | undefined
  readonly owner: ConnectionOwner
}

/** One connection, from CONNECT to its end. */
export class Connection implements LinkOwner {
  readonly link: Link
  readonly #parts: ConnectionParts
  /** Another authentication that is going on. */
  #renewal: Renewal | undefined
  #entered = false
  /** How it has ended. */
  #failure: ClientError | undefined
  /** What CONNACK has said, until the server has proved itself: nobody has been told. */
  #untold: ConnectedEffect<Publication> | undefined

  /** Says CONNECT. @throws {MqttError} for a request that may not be said. */
  constructor(parts: ConnectionParts, request: ConnectRequest) {
    this.#parts = parts
    this.link = new Link({ ...parts, owner: this }, request)
  }

  /** Whether the client is in and may do as it likes. */
  get isEntered(): boolean {
    return this.#entered
  }

  /** Whether the server began another session, and nobody has been told. */
  get hasBegunAnew(): boolean {
    return this.#untold?.sessionPresent === false
  }

  /** See {@link LinkOwner}. */
  get output(): ClientOutput<Publication> {
    return this.#parts.owner.output
  }

  /** Authenticates again. @throws {ClientError} */
  async reauthenticate(mechanism: Mechanism): Promise<void> {
    const data = await this.#firstWord(mechanism)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#renewal !== undefined) throw twiceFailure()
    try {
      this.link.reauthenticate(data)
    } catch (error) {
      if (error instanceof MqttError) throw optionFailure('Authenticating again', error)
      throw error
    }
    await new Promise<void>((resolve, reject) => {
      this.#renewal = { mechanism, resolve, reject }
    })
  }

  /** See {@link LinkOwner}. */
  entered(effect: ConnectedEffect<Publication>): void {
    const { mechanism } = this.#parts
    if (mechanism === undefined) {
      this.#letIn(effect)
      return
    }
    this.#untold = effect
    this.link.hold()
    void this.#step(
      async () => mechanism.finish(effect.terms.authenticationData),
      () => this.link.proceed(() => this.#letIn(effect)),
    )
  }

  /** See {@link LinkOwner}. */
  challenged({ properties }: AuthPacket): void {
    const mechanism = this.#renewal?.mechanism ?? this.#parts.mechanism
    void this.#step(
      async () => mechanism?.respond(properties?.authenticationData),
      (data) => this.link.authenticate(data),
    )
  }

  /** See {@link LinkOwner}. */
  reauthenticated({ properties }: AuthPacket): void {
    const renewal = this.#renewal
    void this.#step(
      async () => renewal?.mechanism.finish(properties?.authenticationData),
      () => {
        this.#renewal = undefined
        renewal?.resolve()
      },
    )
  }

  /** See {@link LinkOwner}. */
  subscribed(effect: SubscribedEffect): void {
    this.#parts.subscriptions.subscribed(effect)
  }

  /** See {@link LinkOwner}. */
  unsubscribed(effect: UnsubscribedEffect): void {
    this.#parts.subscriptions.unsubscribed(effect)
  }

  /** See {@link LinkOwner}. */
  deliver(frame: PublishFrame): void {
    this.#parts.subscriptions.deliver(frame, this.link)
  }

  /** See {@link LinkOwner}. */
  acknowledged(publication: Publication, packet: AcknowledgementPacket): void {
    this.#parts.outbox.acknowledged(publication, packet)
  }

  /** See {@link LinkOwner}. */
  refused(publication: Publication, error: MqttError): void {
    this.#parts.outbox.refused(publication, error)
  }

  /** See {@link LinkOwner}. */
  room(): void {
    if (this.#entered) this.#parts.outbox.flush()
  }

  /** See {@link LinkOwner}. */
  ended(effect: ClientCloseEffect<Publication>, fault: unknown): void {
    const { address, owner } = this.#parts
    const { isEntered: entered } = this.link
    const failure =
      fault instanceof ClientError ? fault : endFailure(effect, { address, entered, fault })
    this.#failure = failure
    this.#renewal?.reject(failure)
    owner.ended(this, failure, [...(this.#untold?.discarded ?? []), ...effect.discarded])
  }

  async #firstWord(mechanism: Mechanism): Promise<Uint8Array | undefined> {
    try {
      return await mechanism.start()
    } catch (error) {
      throw authenticationFailure(this.#parts.address, error)
    }
  }

  #letIn(effect: ConnectedEffect<Publication>): void {
    this.#entered = true
    this.#untold = undefined
    this.#parts.owner.entered(this, effect)
  }

  /** A step of the mechanism, which may take its time, and what follows. */
  async #step<T>(step: () => Promise<T>, next: (result: T) => void): Promise<void> {
    try {
      next(await step())
    } catch (error) {
      const failure = authenticationFailure(this.#parts.address, error)
      this.link.leave(ReasonCode.UnspecifiedError, 'The authentication failed', {}, failure)
    }
  }
}

interface Renewal {
  readonly mechanism: Mechanism
  readonly resolve: () => void
  readonly reject: (error: ClientError) => void
}
