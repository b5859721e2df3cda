// The contracts between a broker or client and the world: a byte stream, what accepts one, time.
// Nothing here belongs to a platform; Node's side is `@godwit/transport/node`, the simulated one
// is `@godwit/transport/testing`.

export type { Clock } from './clock.ts'
export type { BoundAddress, Listener } from './listener.ts'
export type { AlternativeName, PeerCertificate, PeerFacts, Transport } from './transport.ts'
