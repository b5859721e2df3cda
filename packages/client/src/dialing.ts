/** Transports by the scheme of a URL: which there are is said by the entry point of the package. */
import type { Transport } from '@godwit/transport'
import type { TlsOptions } from './options.ts'

/** What a dialer is told beside the address. */
export interface DialOptions {
  /** Aborted when the attempt is given up. */
  readonly signal: AbortSignal
  readonly tls?: TlsOptions
}

/** Makes a connection. Rejects with what went wrong; the URL has no credentials in it. */
export type Dial = (url: URL, options: DialOptions) => Promise<Transport>

/** A dialer for each scheme, for instance `mqtt:`. */
export type Dialers = Readonly<Record<string, Dial>>
