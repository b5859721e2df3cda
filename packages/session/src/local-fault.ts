/** Errors for what our own program asked to be sent and this connection may not carry. */
import { MqttError, ReasonCode } from '@godwit/codec'

/** Nothing was sent, and the connection goes on; the code is the one the server would have said. */
export function localFault(message: string, reasonCode: ReasonCode, statement?: string): MqttError {
  return new MqttError(
    message,
    statement === undefined
      ? { fault: 'local', reasonCode }
      : { fault: 'local', reasonCode, statement },
  )
}

/** Refuses a packet above the Maximum Packet Size of the server. @throws {MqttError} */
export function checkSize({ length }: Uint8Array, maximumPacketSize: number): void {
  if (length <= maximumPacketSize) return
  const sentence = `A packet of ${length} bytes is above the server's limit of ${maximumPacketSize}`
  throw localFault(sentence, ReasonCode.PacketTooLarge, 'MQTT-3.2.2-15')
}
