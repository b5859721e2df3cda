/** Every limit of a client that it tells its server or keeps itself, with the reason for each. */
import type { ClientLimits } from '@godwit/session'

/** The defaults of `limits`. */
export const DEFAULT_LIMITS: ClientLimits = {
  // From dialing to CONNACK: name, TCP, TLS and log-in take three seconds on a bad mobile link.
  connectTimeoutMs: 10_000,
  // Longer than mobile radio takes to wake up; what is silent for longer is as good as gone. What
  // waits here is taken into account, what the system has taken to send is not.
  pingTimeoutMs: 10_000,
  // A busy program and a tab in the background have timers that are seconds late.
  pingLeadMs: 10_000,
  // Room for pictures and firmware; a server that sends more fills our memory.
  packetBytesMax: 16 * 1024 * 1024,
  // Some 20,000 messages a second at a round trip of 50 ms, each of which may be held in memory.
  receiveMaximum: 1024,
  topicAliasMaximum: 32,
  // All of them at the greatest length, so that no honest server meets it.
  topicAliasBytesMax: 32 * 2 * 65_535,
  // Programs publish to few topics often; the server says how many it takes, mostly 10 to 65,535.
  topicAliasOutboundMax: 32,
  // Enough for any line; more would all be sent again after a connection is lost.
  inFlightMax: 1024,
  // Old servers cannot say what they take. This is what mosquitto takes by default: with 64, its
  // version 2.0.11 acknowledged 3,000 messages of QoS 2 and delivered 1,487.
  inFlightMaxV3: 20,
}

/**
 * The bytes of the properties of one packet; beyond them it is too large, 0x95. Room for several
 * values of 64 KiB; but in memory a User Property takes a hundred bytes for five on the wire, and
 * a packet full of them would have filled 280 MB.
 */
export const PROPERTY_BYTES_MAX: number = 256 * 1024

/** The defaults with what differs from them. @throws {RangeError} for a value that is no limit. */
export function limitsWith(chosen: Partial<ClientLimits> = {}): ClientLimits {
  for (const [name, value] of Object.entries(chosen)) {
    const least = name.startsWith('topicAlias') || name === 'pingLeadMs' ? 0 : 1
    if (Number.isInteger(value) && value >= least && value <= LIMIT_MAX) continue
    throw new RangeError(`The limit ${name} is a whole number from ${least} on, got ${value}`)
  }
  return { ...DEFAULT_LIMITS, ...chosen }
}

/** The longest delay of a timer, 24 days, and more bytes than a packet can have. */
const LIMIT_MAX = 2_147_483_647
