/**
 * The one error of this package, and the few ways to make it. Whose fault, which rule and which
 * Reason Code are decided together, at the line that finds the fault (§4.13).
 */
import { ReasonCode } from './reason-codes.ts'

/** What an {@link MqttError} knows beside its sentence. */
export interface MqttErrorDetails {
  readonly fault: 'peer' | 'local'
  readonly reasonCode: ReasonCode
  readonly statement?: string
}

/**
 * MQTT was not obeyed. `fault` tells by whom: `'peer'` for bytes that came from the other end,
 * `'local'` for a packet that our own program asked to encode. The message is for people and may
 * change; the fault, the Reason Code and the statement are for programs.
 */
export class MqttError extends Error {
  override readonly name = 'MqttError'
  /** Who broke the rule. */
  readonly fault: 'peer' | 'local'
  /** What to say to the peer in a CONNACK or DISCONNECT, where its version has such a thing. */
  readonly reasonCode: ReasonCode
  /** The normative statement that was broken, such as `MQTT-3.3.1-4`, where there is one. */
  readonly statement: string | undefined

  constructor(message: string, details: MqttErrorDetails) {
    super(details.statement === undefined ? message : `${message} [${details.statement}]`)
    this.fault = details.fault
    this.reasonCode = details.reasonCode
    this.statement = details.statement
  }
}

/** The bytes cannot be parsed according to the specification (§1.2, Malformed Packet). */
export function malformed(message: string, statement?: string): MqttError {
  return peerFault(message, ReasonCode.MalformedPacket, statement)
}

/** The bytes parse, but say something that this packet may not say (§1.2, Protocol Error). */
export function protocolError(message: string, statement?: string): MqttError {
  return peerFault(message, ReasonCode.ProtocolError, statement)
}

/** A fault of the peer for which the specification names a Reason Code of its own. */
export function peerFault(message: string, reasonCode: ReasonCode, statement?: string): MqttError {
  return new MqttError(
    message,
    statement === undefined
      ? { fault: 'peer', reasonCode }
      : { fault: 'peer', reasonCode, statement },
  )
}

/** A packet that cannot be put on the wire. The message ends with what was got. */
export function unencodable(message: string, got: unknown, statement?: string): MqttError {
  const sentence = `${message}, got ${describe(got)}`
  const reasonCode = ReasonCode.ImplementationSpecificError
  return new MqttError(
    sentence,
    statement === undefined
      ? { fault: 'local', reasonCode }
      : { fault: 'local', reasonCode, statement },
  )
}

/** A short, single-line rendering of any value: what came may be long, and may be hostile. */
function describe(got: unknown): string {
  if (typeof got === 'string') return JSON.stringify(got.length > 40 ? `${got.slice(0, 40)}…` : got)
  if (typeof got === 'object' && got !== null) return Array.isArray(got) ? 'an array' : 'an object'
  return typeof got === 'function' ? 'a function' : String(got)
}
