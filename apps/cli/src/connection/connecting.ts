/** A client for the time of one command: connected, watched, and closed whatever happens. */
import { connect } from '@godwit/client'
import type { Client, ConnectOptions } from '@godwit/client'
import { deferred } from '../deferred.ts'
import { visible } from '../escaping.ts'
import type { ConnectionFlags } from '../flags/connection-flag-values.ts'
import { terminalOf } from '../terminal.ts'
import type { Connection } from './connection.ts'

/** What a command connects to, and how. */
export interface Connecting {
  /** Such as `pub`. */
  readonly command: string
  readonly connection: Connection
  readonly flags: ConnectionFlags
  /** Ends everything. */
  readonly signal: AbortSignal
  /** What the command wants beside what the flags say. */
  readonly options?: Partial<ConnectOptions>
}

/**
 * Connects, hands the client to `use`, and closes it. Losses of the connection are told on stderr;
 * the client goes on by itself. @throws what connecting and `use` throw
 */
export async function withClient<T>(
  connecting: Connecting,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { command, connection, flags, signal } = connecting
  const options = await debugged({ ...connection.options, ...connecting.options }, flags)
  const interruption = interrupted(signal)
  const client = await connectUntil(signal, connection.url, options)
  try {
    if (flags.quiet !== true) void tellLosses(client, command)
    return await Promise.race([use(client), interruption])
  } finally {
    const userProperty = flags.property?.disconnect.userProperty
    await client.close(userProperty === undefined ? {} : { userProperty })
  }
}

/** Rejects when a signal aborts. */
function interrupted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = deferred<never>()
  signal.addEventListener('abort', () => reject(signal.reason))
  return promise
}

/** The signal is for connecting alone: a client that is connected is closed in order. */
async function connectUntil(
  signal: AbortSignal,
  url: URL,
  options: ConnectOptions,
): Promise<Client> {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', abort)
  try {
    return await connect(url, { ...options, signal: controller.signal })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function debugged(options: ConnectOptions, flags: ConnectionFlags): Promise<ConnectOptions> {
  const { dial } = options
  if (flags.debug !== true || dial === undefined) return options
  const { toldDial } = await import('./debugging.ts')
  const write = (text: string): boolean => process.stderr.write(text)
  return { ...options, dial: toldDial(dial, { write, colors: terminalOf(process.stderr).colors }) }
}

async function tellLosses(client: Client, command: string): Promise<void> {
  const tell = (text: string): boolean => process.stderr.write(`godwit ${command}: ${text}\n`)
  let lost = false
  for await (const status of client.statusChanges()) {
    if (status.state === 'waiting' && !lost) {
      tell(`${visible(status.cause.message)} Trying again.`)
      lost = true
    } else if (status.state === 'connected' && lost) {
      tell('Connected again.')
      lost = false
    }
  }
}
