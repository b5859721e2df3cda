/** `@godwit/codec`: MQTT Control Packets to bytes and back, in MQTT 3.1, 3.1.1 and 5.0. */
export { ClientDecoder } from './client-decoder.ts'
export { Decoder } from './decoder.ts'
export { encode } from './encoder.ts'
export { malformed, MqttError, peerFault, protocolError } from './error.ts'
export type { MqttErrorDetails } from './error.ts'
export { PACKET_BYTES_MAX, UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from './limits.ts'
export type { DecodedPacket, DecoderOptions, PacketDecoder, WholePacket } from './packet-decoder.ts'
export { PACKET_TYPES } from './packet-types.ts'
export type { PacketType, PacketTypeRow } from './packet-types.ts'
export { isProtocolVersion, isQoS } from './packets.ts'
export type {
  AcknowledgementPacket,
  AcknowledgementType,
  AuthPacket,
  ConnackPacket,
  ConnectPacket,
  DisconnectPacket,
  Packet,
  PacketIdentifier,
  PingreqPacket,
  PingrespPacket,
  ProtocolVersion,
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
  QoS,
  SubackPacket,
  SubscribePacket,
  Subscription,
  UnsubackPacket,
  UnsubscribePacket,
  WillMessage,
} from './packets.ts'
export { ACK_BYTES, writeAck } from './packets/acknowledgement.ts'
export { publishFirstByte } from './packets/publish.ts'
export { PROPERTIES } from './properties.ts'
export type {
  Carrier,
  PropertiesOf,
  PropertyKind,
  PropertyName,
  PropertyRow,
} from './properties.ts'
export { Publication } from './publication.ts'
export { PublishFrame } from './publish-frame.ts'
export type { PublishLayout } from './publish-frame.ts'
export {
  isReasonCode,
  REASON_CODES,
  ReasonCode,
  reasonCodeName,
  returnCodeOfReasonCode,
  senderOf,
} from './reason-codes.ts'
export type { ReasonCodeCarrier, ReasonCodeRow } from './reason-codes.ts'
