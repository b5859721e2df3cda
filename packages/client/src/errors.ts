/**
 * What can go wrong, as values: whose fault it was, what the server said, and what to do. The codes
 * are part of the interface; the sentences are for people and may change.
 */
import type { ReasonCode } from '@godwit/codec'

/**
 * Which thing went wrong.
 * - `connect-refused`: the server answered CONNECT with a code, or asked for what we cannot do.
 * - `connection-failed`: no connection came about: no address, no listener, no answer in time.
 * - `connection-lost`: it was there and is gone, by the network, by silence or by the server.
 * - `violation`: the server broke the rules of MQTT.
 * - `closed`: the client was closed, by its owner or for good.
 * - `publish-refused`, `subscribe-refused`, `unsubscribe-refused`: the server said no.
 * - `not-allowed`: the server's terms forbid what was asked for; nothing was sent.
 * - `outbox-full`: the outbox holds as much as it may.
 * - `store-failed`: the store of the outbox did not keep a publication, or could not be read.
 * - `offline`, `superseded`, `expired`: a publication was dropped, as its policy says.
 * - `timeout`: no answer came in the time that was given.
 * - `authentication-failed`: our mechanism did not accept what the server said.
 */
export type ClientErrorCode =
  | 'connect-refused'
  | 'connection-failed'
  | 'connection-lost'
  | 'violation'
  | 'closed'
  | 'publish-refused'
  | 'subscribe-refused'
  | 'unsubscribe-refused'
  | 'not-allowed'
  | 'outbox-full'
  | 'store-failed'
  | 'offline'
  | 'superseded'
  | 'expired'
  | 'timeout'
  | 'authentication-failed'

/** What to do about a connection that failed: `fatal` means that trying again changes nothing. */
export type Remedy = 'retry' | 'refresh-credentials' | 'follow-server' | 'fatal'

/** What is known about an error beside its sentence. */
export interface ClientErrorDetails {
  readonly code: ClientErrorCode
  readonly remedy?: Remedy
  /** What the server said, or what MQTT calls it. */
  readonly reasonCode?: ReasonCode
  /** The specification's name of that code. */
  readonly reasonName?: string
  /** The server's own words. */
  readonly reasonString?: string
  /** Where the server wants its clients to go. */
  readonly serverReference?: string
  readonly userProperty?: readonly (readonly [name: string, value: string])[]
  /** The statement of the specification that was violated. */
  readonly statement?: string
  readonly cause?: unknown
}

/** An error of the client. Its message says what was tried, what came back and what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  readonly remedy: Remedy
  readonly reasonCode: ReasonCode | undefined
  readonly reasonName: string | undefined
  readonly reasonString: string | undefined
  readonly serverReference: string | undefined
  readonly userProperty: readonly (readonly [name: string, value: string])[]
  readonly statement: string | undefined

  constructor(message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.remedy = details.remedy ?? 'fatal'
    this.reasonCode = details.reasonCode
    this.reasonName = details.reasonName
    this.reasonString = details.reasonString
    this.serverReference = details.serverReference
    this.userProperty = details.userProperty ?? []
    this.statement = details.statement
  }
}
