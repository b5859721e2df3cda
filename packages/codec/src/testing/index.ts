/**
 * `@godwit/codec/testing`: packets to test with. A corpus of vectors, arbitraries for
 * fast-check, which its user installs, and packets in a form that can be compared.
 */
export { chunkings, garbage, mutations } from './byte-arbitraries.ts'
export { connectPackets, willMessages } from './connect-arbitraries.ts'
export { bytesOf, hexOf } from './hex.ts'
export {
  acknowledgementPackets,
  authPackets,
  connackPackets,
  disconnectPackets,
  packets,
  pingPackets,
  subackPackets,
  subscribePackets,
  unsubackPackets,
  unsubscribePackets,
} from './packet-arbitraries.ts'
export { decodeChunks, plainPacket } from './plain-packet.ts'
export { publishPackets } from './publish-arbitraries.ts'
export { propertiesOf, reasonCodeList, reasonCodesOf } from './table-arbitraries.ts'
export {
  binaries,
  packetIdentifiers,
  strings,
  topicFilters,
  topicNames,
} from './text-arbitraries.ts'
export { PACKET_VECTORS, REFUSAL_VECTORS } from './vectors.ts'
export type { PacketVector, RefusalVector } from './vectors/vector.ts'
