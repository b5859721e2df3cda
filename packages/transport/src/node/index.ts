// Node's side of the contracts: TCP both ways, TLS and Unix domain sockets out, the system's clock,
// and what other listeners of Node are built from.

export { ServerBinding, type BindOptions } from './server-binding.ts'
export { dialTcp, type DialTcpOptions } from './tcp-dialer.ts'
export { dialTls, type DialTlsOptions, type Pem } from './tls-dialer.ts'
export { dialUnix } from './unix-dialer.ts'
export type { DialOptions } from './socket-dialer.ts'
export { peerAddress } from './peer-address.ts'
export { systemClock } from './system-clock.ts'
export { TcpListener, type TcpListenerOptions } from './tcp-listener.ts'
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'
