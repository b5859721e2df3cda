/**
 * Observers watch the broker: called at once and in order, they may not wait and cannot change
 * what they see. One that throws is reported to `fault` of the same observers and never heard of
 * by the broker.
 */
import type { ProtocolVersion, ReasonCode } from '@godwit/codec'
import type { PeerFacts } from '@godwit/transport'
import type { PublishedMessage } from './published-message.ts'
import type { OverloadLevel } from './overload.ts'
import type { DropReason } from './stats.ts'

/** Who is at the other end of a connection. */
export interface ClientInfo {
  readonly clientId: string
  readonly username: string | undefined
  /** Whose session it is, and who may take it over: the user name, unless a guard knows better. */
  readonly principal: string | undefined
  readonly version: ProtocolVersion
  readonly remoteAddress: string
  /** The name of the listener that it came by. A session from the store has none until it comes. */
  readonly listener?: string
  /** What else its transport knows of it. */
  readonly peer?: PeerFacts
  /** What a guard wanted to remember of it, for guards only. */
  readonly claims?: object
}

/** What can be watched; leave out what is of no interest. */
export interface Observers {
  /** A client was let in. */
  connected?(client: ClientInfo): void
  /** A client is gone, in order or not: `cause` is a sentence for a log. */
  disconnected?(client: ClientInfo, reasonCode: ReasonCode, cause: string): void
  /** A connection ended before its client was let in. */
  refused?(remoteAddress: string, reasonCode: ReasonCode, cause: string): void
  /**
   * A message was taken, whoever published it: a client, a client's Will, or the program. Costs a
   * copy of every payload where it is there.
   */
  published?(message: PublishedMessage): void
  /** A message did not go to a receiver. Called for the first of a row of drops only. */
  dropped?(client: ClientInfo, reason: DropReason): void
  /** The broker gives up more, or less, to keep up: 0 is nothing. `cause` is for a log. */
  overload?(level: OverloadLevel, cause: string): void
  /** There is no room in the store, or there is again. */
  storeFull?(isFull: boolean): void
  /**
   * The store has failed. Nothing is acknowledged any more, and the broker closes: a program had
   * better end, and say why.
   */
  failed?(error: unknown): void
  /** The broker itself is at fault; only the connection concerned was closed. */
  fault?(error: unknown): void
}

/** The same observers, none of which can throw into the broker, or leave a promise to reject. */
export function contained(observers: Observers): Observers {
  const report = (error: unknown): void => {
    try {
      silence(observers.fault?.(error), () => {})
    } catch {
      // An observer that cannot even hear of a fault has had its say.
    }
  }
  const guard =
    <A extends readonly unknown[]>(observe: (...args: A) => unknown) =>
    (...args: A): void => {
      try {
        silence(observe(...args), report)
      } catch (error) {
        report(error)
      }
    }
  return {
    ...('published' in observers && {
      published: guard((message: PublishedMessage) => observers.published?.(message)),
    }),
    connected: guard((client: ClientInfo) => observers.connected?.(client)),
    disconnected: guard((...args: Parameters<Required<Observers>['disconnected']>) =>
      observers.disconnected?.(...args),
    ),
    refused: guard((...args: Parameters<Required<Observers>['refused']>) =>
      observers.refused?.(...args),
    ),
    dropped: guard((...args: Parameters<Required<Observers>['dropped']>) =>
      observers.dropped?.(...args),
    ),
    overload: guard((level: OverloadLevel, cause: string) => observers.overload?.(level, cause)),
    storeFull: guard((isFull: boolean) => observers.storeFull?.(isFull)),
    failed: guard((error: unknown) => observers.failed?.(error)),
    fault: report,
  }
}

/** An observer may be async by mistake; nobody waits for it, and its rejection ends no process. */
function silence(result: unknown, report: (error: unknown) => void): void {
  if (result instanceof Promise) result.catch(report)
}
