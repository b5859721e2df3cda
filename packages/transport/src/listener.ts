// The Listener: a place where connections arrive.

import type { Transport } from './transport.ts'

/** Where a listener really listens: port 0 has become a port. */
export interface BoundAddress {
  /** What a client is given to connect, such as `mqtt://127.0.0.1:1883`. */
  readonly url: string
}

/** A place where connections arrive: a TCP port, a WebSocket path, a test's memory. */
export interface Listener extends AsyncDisposable {
  /**
   * Starts to accept. `accept` is called once for each connection, from the event loop, and assigns
   * the transport's callbacks before it returns.
   *
   * @returns the address it listens at.
   * @throws if the address cannot be used, with a sentence that says why and the system's error as
   *   `cause`, or if this listener is already listening.
   */
  listen(accept: (transport: Transport) => void): Promise<BoundAddress>

  /**
   * Stops to accept; the address is free when the promise resolves. Connections accepted before
   * stay open: whoever accepted them closes them. Does nothing if it is not listening.
   */
  close(): Promise<void>
}
