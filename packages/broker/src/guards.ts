/**
 * Guards decide who may do what. They may take their time: meanwhile only the connection that the
 * question is about waits, so that its order holds. One that throws, or is not done in
 * `guardTimeoutMs`, has refused.
 */
import type { ConnectPacket, QoS, ReasonCode } from '@godwit/codec'
import type { ClientInfo } from './observers.ts'

/** Now or later. */
export type Awaitable<T> = T | Promise<T>

/** What can be decided; leave out what everybody may do. */
export interface Guards {
  /** Whether a client is let in. */
  authenticate?(attempt: Attempt): Awaitable<ReasonCode | Verdict>
  /** The same for clients that ask for enhanced authentication; without it they are refused. */
  exchange?(step: ExchangeStep): Awaitable<ReasonCode | Verdict>
  /**
   * Whether a client may do this: `true` or Success, or why not; `false` stands for Not authorized.
   * A client that may have some of what a filter stands for gets `'partly'`: it is subscribed, and
   * each delivery to it is asked about from then on. Without that deliveries are asked about once
   * `rightsChanged` was called for the client, or it has come back to a session that was there.
   */
  authorize?(action: Action, client: ClientInfo): Awaitable<boolean | ReasonCode | 'partly'>
  /** Whether a client that is connected may stay; asked by `rightsChanged`. */
  mayStay?(client: ClientInfo): boolean
}

/** A client that wants to be let in. */
export interface Attempt {
  readonly connect: ConnectPacket
  readonly client: ClientInfo
}

/** One step of an enhanced authentication (§4.12). */
export interface ExchangeStep extends Attempt {
  readonly method: string
  readonly data: Uint8Array | undefined
  /** `connect` begins one, `renew` begins another on the same connection. */
  readonly step: 'connect' | 'continue' | 'renew'
  /** The same object in all steps of a connection: a key for what must be remembered. */
  readonly connection: object
}

/** An answer with more to it than a Reason Code. */
export interface Verdict {
  /** Success, Continue authentication (of an exchange), or why not. */
  readonly reasonCode: ReasonCode
  /** Whose session it is, if not that of the user name. Only the same one may take it over. */
  readonly principal?: string
  /** The user name that it has from here on, such as the name in its certificate. */
  readonly username?: string
  /**
   * For guards to remember, as `ClientInfo.claims`; those of a renewal take their place. What the
   * session was granted before is asked about again.
   */
  readonly claims?: object
  /** After so long, at most 2^31 - 1, it is sent away with 0x87, unless it has renewed that. */
  readonly expiresInMs?: number
  /** Told to the client, if it is refused. */
  readonly reasonString?: string
  /** Where to go instead, with Use another server and Server moved. */
  readonly serverReference?: string
  /** Told to a client that is let in and asks for it (§3.2.2.3.15). */
  readonly responseInformation?: string
  /** For the client, in an exchange. */
  readonly authenticationData?: Uint8Array
}

/** What a client wants to do, or what is to be done for it. */
export type Action =
  | {
      /** `will`: the message that it left behind. `deliver`: a message to it. */
      readonly type: 'publish' | 'will' | 'deliver'
      readonly topic: string
      readonly qos: QoS
      readonly retain: boolean
    }
  | { readonly type: 'subscribe'; readonly filter: string; readonly qos: QoS }
