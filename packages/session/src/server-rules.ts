/**
 * What a server may not say in a packet that is well-formed by itself, because of who it is or what
 * CONNECT said. Each breach is an `MqttError` of the peer.
 */
import { protocolError, senderOf } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  AuthPacket,
  ConnackPacket,
  DisconnectPacket,
  ProtocolVersion,
  SubackPacket,
  UnsubackPacket,
} from '@godwit/codec'
import type { ConnectRequest } from './client-connect.ts'

/** Checks a CONNACK that lets the client in. @throws {MqttError} */
export function checkConnack(connack: ConnackPacket, connect: ConnectRequest): void {
  if (connack.sessionPresent && connect.cleanStart) {
    throw protocolError('The server has a session present after Clean Start 1', 'MQTT-3.2.2-2')
  }
  if (connect.version !== 5) return
  const { assignedClientIdentifier, authenticationMethod, responseInformation } =
    connack.properties ?? {}
  if (connect.clientId === '' && (assignedClientIdentifier ?? '') === '') {
    throw protocolError('The server has assigned no Client Identifier', 'MQTT-3.2.2-16')
  }
  if (responseInformation !== undefined && !wantsResponseInformation(connect)) {
    throw protocolError('The server sent Response Information unasked', 'MQTT-3.1.2-28')
  }
  checkMethod(authenticationMethod, connect.properties?.authenticationMethod)
}

/** Checks an AUTH on a connection with this Authentication Method. @throws {MqttError} */
export function checkAuth(packet: AuthPacket, method: string | undefined): void {
  if (method === undefined) {
    throw protocolError('An AUTH came without enhanced authentication', 'MQTT-4.12.0-6')
  }
  if (senderOf(packet.reasonCode, 'auth') === 'client') {
    throw protocolError('A server sent an AUTH code of a client', 'MQTT-3.15.2-1')
  }
  // An AUTH of Success may be empty (§3.15.2.1).
  if (packet.properties !== undefined) checkMethod(packet.properties.authenticationMethod, method)
}

/** Checks a DISCONNECT. @throws {MqttError} */
export function checkServerDisconnect(packet: DisconnectPacket, version: ProtocolVersion): void {
  if (version !== 5) throw protocolError('A server of MQTT before 5.0 sent a DISCONNECT')
  if (senderOf(packet.reasonCode, 'disconnect') === 'client') {
    throw protocolError('A server sent a DISCONNECT code of a client', 'MQTT-3.14.2-1')
  }
  if (packet.properties?.sessionExpiryInterval !== undefined) {
    throw protocolError('A server sent a Session Expiry Interval in DISCONNECT', 'MQTT-3.14.2-2')
  }
}

/**
 * Checks that a packet other than PUBLISH, CONNACK and DISCONNECT has no Problem Information for a
 * client that declined it. @throws {MqttError}
 */
export function checkProblemInformation(
  packet: AcknowledgementPacket | SubackPacket | UnsubackPacket | AuthPacket,
  connect: ConnectRequest,
): void {
  if (packet.properties === undefined) return
  if (connect.properties?.requestProblemInformation !== 0) return
  const { reasonString, userProperty } = packet.properties
  if (reasonString !== undefined || userProperty !== undefined) {
    const sentence = `The ${packet.type.toUpperCase()} has problem information that was declined`
    throw protocolError(sentence, 'MQTT-3.1.2-29')
  }
}

function wantsResponseInformation({ properties }: ConnectRequest): boolean {
  return properties?.requestResponseInformation === 1
}

function checkMethod(said: string | undefined, method: string | undefined): void {
  if (said === method) return
  throw method === undefined
    ? protocolError('The server named an Authentication Method unasked', 'MQTT-4.12.0-6')
    : protocolError('The server changed the Authentication Method', 'MQTT-4.12.0-5')
}
