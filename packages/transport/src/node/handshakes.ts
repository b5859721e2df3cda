// Connections that are not accepted yet. What stands before a connection (the header of a proxy,
// TLS, the upgrade to WebSocket) is bounded in time, from the first moment on and not from byte to
// byte, and in number: somebody who says a byte a second, or nothing, must not get far by it.

import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { peerAddress } from './peer-address.ts'
import { systemClock } from './system-clock.ts'

/** What bounds a connection until it is accepted, and who hears of those that are not. */
export interface HandshakeOptions {
  /** From the start of the connection until it is accepted; 10,000 ms if absent. */
  readonly handshakeTimeoutMs?: number
  /** How many may be under way at once: the oldest gives way. 1,024 if absent. */
  readonly handshakesMax?: number
  /** Measures the time; the system's if absent. */
  readonly clock?: Clock
  /**
   * Told of each connection that was not accepted, with a sentence that says why. Strangers decide
   * how often: whoever writes it to a log should count. A connection that ended before its first
   * byte, such as the check of a load balancer, is not told.
   */
  readonly onRefused?: (remoteAddress: string, sentence: string) => void
}

/** All connections of a listener that are not accepted yet. */
export class Handshakes {
  readonly #options: HandshakeOptions
  readonly #underWay = new Set<Handshake>()

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  /** Takes in a connection that has just been made. */
  begin(socket: Socket): Handshake {
    const { clock = systemClock, handshakeTimeoutMs: timeoutMs = TIMEOUT_MS } = this.#options
    const most = this.#options.handshakesMax ?? UNDER_WAY_MAX
    if (this.#underWay.size >= most) this.#giveWay(most)
    const handshake = new Handshake(socket, {
      onOver: () => this.#underWay.delete(handshake),
      onRefused: (address, sentence) => this.#options.onRefused?.(address, sentence),
    })
    this.#underWay.add(handshake)
    handshake.limit(clock, timeoutMs)
    return handshake
  }

  /** Ends all that are under way, without a word. */
  endAll(): void {
    for (const handshake of this.#underWay) handshake.end()
  }

  #giveWay(most: number): void {
    // In the order in which they came. One that is honest is done long before its turn.
    const [oldest] = this.#underWay
    oldest?.refuse(`made way for newer ones: ${most} connections were not accepted yet`)
  }
}

/** One connection until it is accepted or refused. */
export class Handshake {
  /** The connection itself, below TLS. */
  readonly socket: Socket
  /** As `Transport.remoteAddress`; the header of a proxy changes it. */
  remoteAddress: string
  /** See `PeerFacts.proxyAddress`. */
  proxyAddress: string | undefined
  #awaited = 'its first byte'
  #mayMean = ''
  readonly #hooks: Hooks
  readonly #closed = (): void => this.#gone()
  #limit: Disposable | undefined
  #isOver = false
  #isTold = false

  /** @param hooks are told how it ends. */
  constructor(socket: Socket, hooks: Hooks) {
    this.socket = socket
    this.remoteAddress = peerAddress(socket)
    this.#hooks = hooks
    socket.on('error', ignore)
    socket.on('close', this.#closed)
  }

  /** Whether it has been accepted, refused or ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Says what is waited for from here on, as in "did not send ...".
   *
   * @param mayMean what an end before it may mean.
   */
  await(awaited: string, mayMean = ''): void {
    this.#awaited = awaited
    this.#mayMean = mayMean
  }

  /** Refuses it in so many milliseconds, if it is not over by then. */
  limit(clock: Clock, timeoutMs: number): void {
    this.#limit = clock.after(timeoutMs, () => {
      this.refuse(`did not send ${this.#awaited} within ${timeoutMs} ms`)
    })
  }

  /** It is accepted: the connection is somebody else's from here on. */
  done(): void {
    this.#over()
  }

  /** Ends the connection, and says why. The sentence goes on from the address: "sent ...". */
  refuse(sentence: string): void {
    if (this.#isOver) return
    this.refused(sentence)
    this.end()
  }

  /** Says why the connection is refused, where it ends by itself, with an answer say. */
  refused(sentence: string): void {
    if (this.#isOver || this.#isTold) return
    this.#isTold = true
    this.#hooks.onRefused(this.remoteAddress, sentence)
  }

  /** Ends the connection without a word. */
  end(): void {
    this.#over()
    this.socket.destroy()
  }

  #gone(): void {
    if (this.socket.bytesRead === 0) return this.#over()
    this.refuse(`ended before it had sent ${this.#awaited}${this.#mayMean}`)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#limit?.[Symbol.dispose]()
    this.socket.off('close', this.#closed)
    this.#hooks.onOver()
  }
}

/** What a handshake tells whoever keeps it. */
interface Hooks {
  readonly onOver: () => void
  readonly onRefused: (remoteAddress: string, sentence: string) => void
}

const TIMEOUT_MS = 10_000

const UNDER_WAY_MAX = 1_024

function ignore(): void {}
