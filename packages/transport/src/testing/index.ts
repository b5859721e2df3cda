// A world for tests: time that moves when told to, a network in memory that can be cut into
// segments, frozen and broken, and certificates. With time and network, a test of a whole broker is
// one deterministic program.

export {
  CertificateAuthority,
  selfSigned,
  type CertificateWish,
  type KeyPair,
} from './certificate-authority.ts'
export { MemoryListener } from './memory-listener.ts'
export { memoryPair, MemoryTransport, type MemoryOptions } from './memory-transport.ts'
export { byteByByte, type Segment } from './segment.ts'
export { VirtualClock } from './virtual-clock.ts'
