/** How a connection came to its end, as its client tells its owner. */
import { reasonCodeName } from '@godwit/codec'
import type { ConnackPacket, DisconnectPacket, MqttError, ReasonCode } from '@godwit/codec'
import type { Remarks } from './remarks.ts'

/** Who ended a connection, and why. */
export interface ConnectionEnd {
  /**
   * `client`: its owner wanted it, or the two ends do not know the same session. `server`: it
   * refused the CONNECT or sent DISCONNECT. `violation`: MQTT was not obeyed. `loss`: the
   * transport is gone, or nothing came in time.
   */
  readonly origin: 'client' | 'server' | 'violation' | 'loss'
  /** Why, in the vocabulary of MQTT 5.0, whatever the version and whether or not it was sent. */
  readonly reasonCode: ReasonCode
  /** The specification's name of that code. */
  readonly name: string
  /** For people: what happened, in a sentence; the server's Reason String if it gave one. */
  readonly cause: string
  /** The statement that was violated, where there is one. */
  readonly statement?: string
  /** Where the server wants its client to go (§4.11). */
  readonly serverReference?: string
  /** What else the server said. */
  readonly userProperty?: Remarks['userProperty'] & {}
}

/** An end that this side came to. */
export function endOf(
  origin: ConnectionEnd['origin'],
  reasonCode: ReasonCode,
  cause: string,
): ConnectionEnd {
  return { origin, reasonCode, name: reasonCodeName(reasonCode, 'disconnect'), cause }
}

/** The end that a violation brings. */
export function endOfViolation({ reasonCode, message, statement }: MqttError): ConnectionEnd {
  const end = endOf('violation', reasonCode, message)
  return statement === undefined ? end : { ...end, statement }
}

/** The end that the server has announced. */
export function endOfServer(packet: ConnackPacket | DisconnectPacket): ConnectionEnd {
  const { type, reasonCode, properties = {} } = packet
  const { reasonString, serverReference, userProperty } = properties
  const name = reasonCodeName(reasonCode, type)
  const deed = type === 'connack' ? 'refused the CONNECT' : 'disconnected'
  return {
    origin: 'server',
    reasonCode,
    name,
    cause: reasonString ?? `The server ${deed}: ${name}`,
    ...(serverReference !== undefined && { serverReference }),
    ...(userProperty !== undefined && { userProperty }),
  }
}
