/** Enhanced authentication (§4.12): what a mechanism has to offer, whatever it is. */

/** One run of an authentication. Its methods may take their time, or throw to give up. */
export interface Mechanism {
  /** The Authentication Method, for instance `SCRAM-SHA-256`. */
  readonly method: string
  /** The Authentication Data of CONNECT, or of the AUTH that begins another authentication. */
  start(): Awaitable<Uint8Array | undefined>
  /** The answer to a challenge of the server. */
  respond(challenge: Uint8Array | undefined): Awaitable<Uint8Array | undefined>
  /** The server's last word, with its success. @throws if the server has not proved itself. */
  finish(data: Uint8Array | undefined): Awaitable<void>
}

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>
