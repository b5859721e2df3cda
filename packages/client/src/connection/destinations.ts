/** Which server to go to: the one that was asked for, or one that it refers to (§4.11). */
import { ReasonCode } from '@godwit/codec'
import type { ClientError } from '../errors.ts'

/** How often a client is sent on before it takes a rest. */
const HOPS_MAX = 5

/** The servers of one client. */
export class Destinations {
  /** Where every way begins; a server that has moved changes it. */
  #home: URL
  /** Those that it was referred to, the next one first. */
  #others: readonly URL[] = []
  readonly #follows: boolean
  #hops = 0

  /** `follows` allows it to be sent elsewhere. */
  constructor(home: URL, follows: boolean) {
    this.#home = home
    this.#follows = follows
  }

  /** Where to connect to. */
  get current(): URL {
    return this.#others[0] ?? this.#home
  }

  /** Whether there is another server to try at once, after this failure; `current` is it then. */
  turn(failure: ClientError): boolean {
    if (this.#follows && failure.serverReference !== undefined) {
      const others = referredTo(failure.serverReference, this.current)
      const [first] = others
      if (first !== undefined && this.#hops < HOPS_MAX) {
        this.#hops++
        this.#others = others
        if (failure.reasonCode === ReasonCode.ServerMoved) this.#home = first
        return true
      }
    }
    this.#others = this.#others.slice(1)
    return this.#others.length > 0
  }

  /** The client has waited, or was connected for a while. */
  rested(): void {
    this.#hops = 0
  }
}

/** `host` or `host:port`, the host a name, an IPv4 address or an IPv6 address in brackets. */
const REFERENCE = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/?#@[\]\\]+)(?::\d{1,5})?$/

/** The servers of a Server Reference, to be reached as `from` is. */
function referredTo(reference: string, from: URL): readonly URL[] {
  if (from.hostname === '') return []
  return reference.split(' ').flatMap((host) => {
    const text = `${from.protocol}//${host}${from.pathname}${from.search}`
    return REFERENCE.test(host) && URL.canParse(text) ? [new URL(text)] : []
  })
}
