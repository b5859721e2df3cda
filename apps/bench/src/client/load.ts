/** What is published, received and counted, the same for every client. */

/** 64 bytes, as the other benchmarks have them. */
export const PAYLOAD: Uint8Array = new Uint8Array(64).fill(0x2e)

/** The topics that are taken in turn. */
export const TOPICS: readonly string[] = Array.from(
  { length: 64 },
  (_, index) => `bench/client/sensor-${index}/value`,
)

/** One thing that a client does under measurement. */
export interface ClientLoad {
  readonly direction: 'publish' | 'receive'
  readonly qos: 0 | 1
  /** How many publications are under way at a time. */
  readonly window: number
}

/** What a client has done so far. */
export interface Tally {
  /** Publications that are over, or messages that were handed to the program. */
  messages: number
  /** Of what was read, so that it is read. */
  bytes: number
}

/** One client library under measurement. Each is used as its documentation shows. */
export interface Subject {
  /** Connects and goes on with the load for as long as the process lives. */
  start(port: number, load: ClientLoad, tally: Tally): Promise<void>
}
