/** One listener as it was configured, and what can be changed while it listens. */
import { fileURLToPath } from 'node:url'
import type { ListenerTerms } from '@godwit/broker'
import type { Listener } from '@godwit/transport'
import { TcpListener, TlsListener, UnixListener } from '@godwit/transport/node'
import type { TlsCredentials } from '@godwit/transport/node'
import { WebSocketListener } from '@godwit/transport-ws'
import type { ListenerConfiguration } from '../configuration/configuration.ts'

/** Who hears of what goes wrong before a client is a client. */
export interface GatewayReports {
  /** A connection was not accepted, and why. Strangers decide how often. */
  readonly refused: (remoteAddress: string, sentence: string, listener: string) => void
  /** Accepting failed, for want of descriptors say. */
  readonly failed: (error: Error, listener: string) => void
}

/** A listener and its configuration. */
export class Gateway {
  readonly configuration: ListenerConfiguration
  /** For the broker. */
  readonly terms: ListenerTerms
  readonly #replace: ((credentials: TlsCredentials) => void) | undefined

  /** With its limits complete. @throws {Error} a sentence, for credentials that cannot be used. */
  constructor(
    configuration: ListenerConfiguration,
    credentials: TlsCredentials | undefined,
    reports: GatewayReports,
  ) {
    const { listener, replace } = listenerOf(configuration, credentials, reports)
    this.configuration = configuration
    this.terms = termsOf(configuration, listener)
    this.#replace = replace
  }

  /** Its own among all listeners. */
  get name(): string {
    return this.configuration.name
  }

  /** The same for two that differ in nothing but in what can be changed while they listen. */
  get likeness(): string {
    const { authentication: _in, authorization: _may, tls, ...rest } = this.configuration
    return JSON.stringify({ ...rest, isEncrypted: tls !== undefined })
  }

  /** The listener itself. */
  get listener(): Listener {
    return this.terms.listener
  }

  /** Other credentials for those who come from here on. @throws {Error} and keeps what it had. */
  replace(credentials: TlsCredentials): void {
    this.#replace?.(credentials)
  }
}

interface Made {
  readonly listener: Listener
  readonly replace?: (credentials: TlsCredentials) => void
}

function listenerOf(
  configuration: ListenerConfiguration,
  tls: TlsCredentials | undefined,
  reports: GatewayReports,
): Made {
  const { name, url, proxyProtocol, origins, trustedProxies, mode, limits } = configuration
  const { protocol, hostname, port, pathname } = new URL(url)
  const common = {
    onError: (error: Error) => reports.failed(error, name),
    onRefused: (address: string, sentence: string) => reports.refused(address, sentence, name),
    ...(limits.connectTimeoutMs !== undefined && { handshakeTimeoutMs: limits.connectTimeoutMs }),
    ...(proxyProtocol !== undefined && { proxyProtocol }),
  }
  const place = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: portOf(protocol, port) }
  if (protocol === 'mqtt+unix:') {
    const path = fileURLToPath(`file://${pathname}`)
    return { listener: new UnixListener({ ...common, path, ...(mode !== undefined && { mode }) }) }
  }
  if (protocol === 'mqtt:') return { listener: new TcpListener({ ...common, ...place }) }
  if (protocol === 'mqtts:' && tls !== undefined) {
    const listener = new TlsListener({ ...common, ...place, tls })
    return { listener, replace: (other) => listener.replace(other) }
  }
  const listener = new WebSocketListener({
    ...common,
    ...place,
    ...(pathname !== '/' && { path: pathname }),
    ...(origins !== undefined && { origins }),
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(tls !== undefined && { tls }),
    ...(limits.packetBytesMax !== undefined && {
      maxPayloadBytes: Math.min(limits.packetBytesMax + MESSAGE_SPARE_BYTES, MESSAGE_BYTES_MAX),
    }),
  })
  return { listener, replace: (other) => listener.replace(other) }
}

/** The class of URLs leaves the usual port of `ws:` and `wss:` out. */
function portOf(protocol: string, written: string): number {
  if (written !== '') return Number(written)
  return protocol === 'wss:' ? 443 : 80
}

function termsOf(configuration: ListenerConfiguration, listener: Listener): ListenerTerms {
  const { name, versions, capabilities, limits, connectionsMax } = configuration
  return {
    listener,
    name,
    capabilities,
    limits,
    ...(versions !== undefined && { versions }),
    ...(connectionsMax !== undefined && { connectionsMax }),
  }
}

/** Smaller packets may come in one message with a large one. */
const MESSAGE_SPARE_BYTES = 65_536

const MESSAGE_BYTES_MAX = 2 ** 31 - 1
