/** From what a program asks for to a CONNECT in the words of one version (§3.1). */
import type { ProtocolVersion, WillMessage } from '@godwit/codec'
import type { ConnectOptions as ConnectRequest } from '@godwit/session'
import type { Will } from '../message.ts'
import type { ConnectOptions, Credentials } from '../options.ts'
import { bytesOf } from '../payload.ts'

const KEEP_ALIVE_SECONDS = 60
const SESSION_EXPIRY_SECONDS = 300

/** What is different each time. */
export interface Introduction {
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly cleanStart: boolean
  readonly credentials: Credentials
  /** The Authentication Method, and what it has to say at first. */
  readonly authenticationMethod?: string
  readonly authenticationData?: Uint8Array
}

/** The CONNECT for these options. */
export function connectRequest(options: ConnectOptions, each: Introduction): ConnectRequest {
  const { version, clientId, cleanStart, credentials } = each
  const { username, password } = credentials
  const { will, keepAliveSeconds = KEEP_ALIVE_SECONDS } = options
  return {
    version,
    clientId,
    cleanStart,
    keepAlive: keepAliveSeconds,
    ...(will !== undefined && { will: willMessage(will, version) }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: bytesOf(password) }),
    ...(version === 5 && { properties: propertiesOf(options, each) }),
  }
}

function propertiesOf(
  { properties, sessionExpirySeconds = SESSION_EXPIRY_SECONDS }: ConnectOptions,
  { authenticationMethod, authenticationData }: Introduction,
): ConnectRequest['properties'] & {} {
  return {
    ...properties,
    ...(sessionExpirySeconds > 0 && { sessionExpiryInterval: sessionExpirySeconds }),
    ...(authenticationMethod !== undefined && { authenticationMethod }),
    ...(authenticationData !== undefined && { authenticationData }),
  }
}

function willMessage(will: Will, version: ProtocolVersion): WillMessage {
  const { topic, payload = '', qos = 0, retain = false, properties } = will
  const message = { topic, payload: bytesOf(payload), qos, retain }
  return version === 5 && properties !== undefined ? { ...message, properties } : message
}
