/** From flags to what the client is told: the URL of the server, and how to connect to it. */
import { readFileSync } from 'node:fs'
import type { ConnectOptions, Dial, Mechanism, Will } from '@godwit/client'
import type { ConnectionFlags } from '../flags/connection-flag-values.ts'
import { CliError, misuse } from '../exit.ts'
import { NEVER } from '../flags/flag-values.ts'
import type { ConnectProperties } from '../flags/packet-properties.ts'
import { dialerOf } from './dialer.ts'
import { serverUrl, topicOf } from './server-url.ts'
import { versionsFor } from './versions.ts'

/** What `connect` of the client takes, and what else a URL may say. */
export interface Connection {
  /** Without a topic; perhaps with credentials. */
  readonly url: URL
  readonly options: ConnectOptions & { readonly dial: Dial }
  /** The topic that stands in the URL behind the host, as mosquitto's programs write it. */
  readonly topic?: string
}

/**
 * What the flags of `addConnectionFlags` ask for. Files of certificates and passwords are read.
 * @throws {CliError} for flags that contradict each other, and files that cannot be read.
 */
export function connectionOf(flags: ConnectionFlags): Connection {
  const url = serverUrl(flags)
  const topic = topicOf(url)
  if (topic !== undefined) url.pathname = ''
  const options = {
    versions: versionsFor(flags),
    ...credentials(flags),
    ...session(flags),
    ...(flags.keepAlive !== undefined && { keepAliveSeconds: flags.keepAlive }),
    ...will(flags),
    ...connectProperties(flags.property?.connect ?? {}),
    limits: limits(flags),
    dial: dialerOf(flags),
  }
  return { url, options, ...(topic !== undefined && { topic }) }
}

function credentials(flags: ConnectionFlags): Pick<ConnectOptions, 'username' | 'password'> {
  const { username, passwordFile } = flags
  const password = passwordFile === undefined ? flags.password : firstLine(passwordFile)
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  }
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n[^]*$/, '')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`The password file cannot be read: ${reason}`, { cause })
  }
}

type Session = Pick<ConnectOptions, 'clientId' | 'cleanStart' | 'sessionExpirySeconds'>

function session(flags: ConnectionFlags): Session {
  const { clientIdPrefix, cleanStart = true, property } = flags
  if (flags.clientId !== undefined && clientIdPrefix !== undefined) {
    throw misuse('--client-id and --client-id-prefix contradict each other', 'give one of them')
  }
  const clientId = clientIdPrefix === undefined ? flags.clientId : `${clientIdPrefix}${process.pid}`
  const asked = flags.sessionExpiry ?? property?.connect.sessionExpiryInterval
  const expiry = asked ?? (cleanStart ? undefined : NEVER)
  if (clientId === undefined && (!cleanStart || expiry === NEVER)) {
    const why = 'a session that is to be found again needs a name'
    throw misuse(why, 'give --client-id too')
  }
  return {
    ...(clientId !== undefined && { clientId }),
    ...(!cleanStart && { cleanStart }),
    ...(expiry !== undefined && { sessionExpirySeconds: expiry }),
  }
}

function will(flags: ConnectionFlags): { readonly will?: Will } {
  const { willTopic, willPayload, willQos, willRetain, willDelay } = flags
  const properties = {
    ...flags.property?.will,
    ...(willDelay !== undefined && { willDelayInterval: Math.round(willDelay) }),
  }
  const details = [willPayload, willQos, willRetain, ...Object.values(properties)]
  if (willTopic === undefined) {
    if (details.every((detail) => detail === undefined)) return {}
    throw misuse('a Will has a topic', 'give --will-topic too')
  }
  return {
    will: {
      topic: willTopic,
      payload: willPayload ?? '',
      ...(willQos !== undefined && { qos: willQos }),
      ...(willRetain === true && { retain: true }),
      ...(Object.keys(properties).length > 0 && { properties }),
    },
  }
}

type ConnectPart = Pick<ConnectOptions, 'properties' | 'authentication'>

function connectProperties(asked: ConnectProperties): ConnectPart {
  const { userProperty, requestProblemInformation, requestResponseInformation } = asked
  const { authenticationMethod, authenticationData } = asked
  const properties = {
    ...(userProperty !== undefined && { userProperty }),
    ...(requestProblemInformation !== undefined && { requestProblemInformation }),
    ...(requestResponseInformation !== undefined && { requestResponseInformation }),
  }
  if (authenticationMethod === undefined && authenticationData !== undefined) {
    throw misuse('authentication-data goes with an authentication-method', 'give both')
  }
  return {
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(authenticationMethod !== undefined && {
      authentication: () => inOneStep(authenticationMethod, authenticationData),
    }),
  }
}

/** Enhanced authentication whose data are known beforehand: it has no answer to a challenge. */
function inOneStep(method: string, data: Uint8Array | undefined): Mechanism {
  return {
    method,
    start: () => data,
    respond() {
      const message = `The server asks for more than the first step of ${method}`
      throw new CliError(message, { advice: 'use a program that knows this method' })
    },
    finish() {},
  }
}

function limits(flags: ConnectionFlags): NonNullable<ConnectOptions['limits']> {
  const { receiveMaximum, maximumPacketSize, topicAliasMaximum } = flags.property?.connect ?? {}
  const { connectTimeout } = flags
  return {
    ...(connectTimeout !== undefined && { connectTimeoutMs: Math.ceil(connectTimeout * 1000) }),
    ...(receiveMaximum !== undefined && { receiveMaximum }),
    ...(maximumPacketSize !== undefined && { packetBytesMax: maximumPacketSize }),
    ...(topicAliasMaximum !== undefined && { topicAliasMaximum }),
  }
}
