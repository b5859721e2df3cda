/** How a broker stands, for tests: a number of its own for everything. */
import { Broker } from '@godwit/broker'
import type { BrokerStats } from '@godwit/broker'
import { VirtualClock } from '@godwit/transport/testing'

/** The figures of a broker that has a store and a listener with a malicious name. */
export function statsWith(others: Partial<BrokerStats> = {}): BrokerStats {
  const broker = new Broker({ listeners: [], clock: new VirtualClock() })
  const listeners = [
    { name: 'lan', connections: 3, connectionsAccepted: 17 },
    { name: HOSTILE_NAME, connections: 1, connectionsAccepted: 2 },
    { connections: 0, connectionsAccepted: 5 },
  ]
  const store = {
    durability: 'fsync',
    messages: 7,
    bytes: 700,
    commits: 10,
    commitMs: 1500,
    commitBuckets: [
      { boundMs: 0.5, count: 4 },
      { boundMs: 250, count: 9 },
    ],
    isFull: true,
  } as const
  return {
    ...broker.stats(),
    listeners,
    store,
    publishesIn: { 0: 100, 1: 11, 2: 12 },
    connectionsRefused: { 0x87: 5, 0x80: 1 },
    ...others,
  }
}

/** The name of a listener that would add a line to the page, if it could. */
export const HOSTILE_NAME = 'a"} 1\nevil_total{x="\\n\u0007\u2028'
