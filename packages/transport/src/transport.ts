// The Transport: an ordered, lossless, two-way stream of bytes [MQTT-4.2-1], however it arrived.
// It knows nothing of packets. A chunk is whatever came in one read: it may hold part of a packet
// or several, and a reader may assume nothing about where one ends.

/**
 * One end of a connection.
 *
 * The three callbacks are plain properties that the owner assigns, `onData` last: reading starts
 * with the first assignment of `onData`, and nothing that came earlier is lost. They are called as
 * methods of nothing in particular, so they must not rely on `this`, and none of them is ever
 * called from inside a method of the transport: they come from the event loop. An error thrown by
 * a callback is not caught here.
 */
export interface Transport {
  /**
   * The peer's network address without a port, `192.0.2.7` or `2001:db8::7`: what a limit for each
   * address counts by. An IPv4 address mapped into IPv6 is given as IPv4.
   */
  readonly remoteAddress: string

  /** What else is known of the peer. It does not change. */
  readonly peer?: PeerFacts

  /** Bytes that `write` took and that have not been handed to the network. */
  readonly bufferedBytes: number

  /**
   * Bytes from the peer, in order. The chunk is never used again by the transport and the callee
   * may keep it, but must not change it; it can be a small view of a large buffer, so what is kept
   * for long is better copied. Not called while paused, nor after `close`, `destroy` or `onClose`.
   */
  onData: (chunk: Uint8Array) => void

  /**
   * The peer has taken everything that was waiting. It follows a `write` that returned false; one
   * that nobody waits for may come as well.
   */
  onDrain: () => void

  /**
   * The connection is gone and its resources are released. Called exactly once, after which no
   * other callback comes. No error means an orderly end, by either side; an error says what broke
   * it, or that a peer did not take its last bytes before the bound on closing.
   */
  onClose: (error?: Error) => void

  /**
   * Sends the chunks, in order, in as few operations as the network allows. The transport owns
   * their bytes from here on: they must not change afterwards, and they may be shared with other
   * transports. The array itself stays the caller's.
   *
   * Returns false when the peer is slow: everything was accepted all the same, and `onDrain` says
   * when it has gone. After `close`, `destroy` or the end of the stream the chunks are dropped and
   * false is returned.
   */
  write(chunks: readonly Uint8Array[]): boolean

  /**
   * The owner says that it knows the peer: it was let in. Bounds that are there for strangers, such
   * as on the bytes gathered before they can be passed on, do not hold from here on. A transport
   * that has none does without this method.
   */
  admitted?(): void

  /** Stops `onData` at once, and in time the peer, until `resume`. */
  pause(): void

  /** Goes on with reading after `pause`. */
  resume(): void

  /**
   * Ends the connection in order: what was written is sent, then the end. What still arrives is
   * dropped. A peer that does not take its bytes, or does not answer the end, is cut off after a
   * bound. `onClose` comes later, never from inside this call. Does nothing the second time.
   */
  close(): void

  /**
   * Ends the connection at once; what was not sent is lost. `onClose` comes later, without an
   * error, never from inside this call. Does nothing if the connection is gone.
   */
  destroy(): void
}

/** What is known of a peer beyond its address. */
export interface PeerFacts {
  /** What encrypts the connection, such as `TLSv1.3`; absent where nothing does. */
  readonly encryption?: string
  /** The name that the peer used for this side: that of TLS, or the Host of a WebSocket. */
  readonly serverName?: string
  /** Its certificate; absent where it showed none, or one that was not verified. */
  readonly certificate?: PeerCertificate
  /** The address of the proxy between, which was trusted when it told `remoteAddress`. */
  readonly proxyAddress?: string
}

/** A certificate that was verified. */
export interface PeerCertificate {
  readonly commonName: string | undefined
  /** In the order in which they stand. */
  readonly alternativeNames: readonly AlternativeName[]
  /** SHA-256 of its bytes, as hexadecimal digits in lower case. */
  readonly fingerprint: string
  /** Hexadecimal digits in lower case. */
  readonly serialNumber: string
  /** Milliseconds since 1970. */
  readonly validUntil: number
}

/** One of the names of whom a certificate is for (RFC 5280, 4.2.1.6). */
export interface AlternativeName {
  readonly type: 'dns' | 'email' | 'uri' | 'ip'
  readonly value: string
}
