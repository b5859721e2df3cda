/** What a benchmark is asked to do. */
import type { QoS } from '@godwit/codec'

/** What is measured: publishing, receiving, or the way from one to the other. */
export type BenchKind = 'pub' | 'sub' | 'latency'

/** All of it. */
export interface BenchSettings {
  readonly kind: BenchKind
  /** How many publishers or subscribers; for latency how many of each. */
  readonly clients: number
  /** Messages a second of all clients together; 0 is as many as they can. */
  readonly rate: number
  /** Messages of all clients together; Infinity for as many as there is time for. */
  readonly count: number
  readonly durationMs: number
  /** How long it runs before anything is counted. */
  readonly warmUpMs: number
  /** How long to wait for what is under way at the end. */
  readonly drainMs: number
  /** Bytes of a payload. */
  readonly size: number
  readonly qos: QoS
  readonly retain: boolean
  /** The pattern of the topics. */
  readonly topic: string
  /** How many clients connect in a second. */
  readonly connectRate: number
  /** How many messages of a client may be on their way where there is no rate. */
  readonly underWayMax: number
}
