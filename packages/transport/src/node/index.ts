// Node's side of the contracts: TCP, TLS and Unix domain sockets both ways, the system's clock, and
// what other listeners of Node are built from.

export { AddressRanges } from './address-ranges.ts'
export { descriptorLimit } from './descriptor-limit.ts'
export type { Handshake, HandshakeOptions } from './handshakes.ts'
export { canonicalAddress, peerAddress } from './peer-address.ts'
export {
  ServerBinding,
  type BindOptions,
  type BindPathOptions,
  type Place,
} from './server-binding.ts'
export type { DialOptions } from './socket-dialer.ts'
export {
  SocketPort,
  type Arrival,
  type ProxyProtocolOptions,
  type SocketPortOptions,
} from './socket-port.ts'
export { begun, type Beginning } from './socket-opening.ts'
export { systemClock } from './system-clock.ts'
export { dialTcp, type DialTcpOptions } from './tcp-dialer.ts'
export { TcpListener, type TcpListenerOptions } from './tcp-listener.ts'
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'
export type { CertificateAndKey, NamedCertificate, TlsCredentials } from './tls-credentials.ts'
export { dialTls, type DialTlsOptions, type Pem } from './tls-dialer.ts'
export { TlsListener, type TlsListenerOptions } from './tls-listener.ts'
export { dialUnix } from './unix-dialer.ts'
export { UnixListener, type UnixListenerOptions } from './unix-listener.ts'
