// Node's side of the contracts: TCP both ways, the system's clock, and what other listeners of Node
// are built from.

export { ServerBinding, type BindOptions } from './server-binding.ts'
export { dialTcp, type DialTcpOptions } from './tcp-dialer.ts'
export { peerAddress } from './peer-address.ts'
export { systemClock } from './system-clock.ts'
export { TcpListener, type TcpListenerOptions } from './tcp-listener.ts'
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'
