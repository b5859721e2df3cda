/** The records of a store, read into memory: its sessions and what each of them has. */
import { decodeProgress, decodeSession, decodeSubscription } from '@godwit/broker/stored'
import type { StoredExchange, StoredSession, StoredSubscription } from '@godwit/broker/stored'
import type { Engine, StoredRecord, Table } from '@godwit/store'

/** A session with all that belongs to it. */
export interface WholeSession {
  readonly session: StoredSession
  readonly clientId: string
  readonly number: number
  /** From which position of each shard on it reads. */
  next: readonly number[]
  inFlight: readonly StoredExchange[]
  readonly filters: StoredSubscription[]
  readonly received: number[]
}

/**
 * Every session, in the order of their Client Identifiers, and what belongs to it in the order of
 * filters and Packet Identifiers. What belongs to none is left out. @throws {StoreError}
 * {StoredFormatError}
 */
export async function storedSessions(engine: Engine): Promise<readonly WholeSession[]> {
  const sessions = new Map<number, WholeSession>()
  await each(engine, 'sessions', ({ value }) => {
    const session = decodeSession(value)
    const { clientId, number } = session
    const nothing = { next: [], inFlight: [], filters: [], received: [] }
    sessions.set(number, { session, clientId, number, ...nothing })
  })
  await each(engine, 'subscriptions', ({ key, value }) => {
    sessions.get(numberIn(key))?.filters.push(decodeSubscription(value))
  })
  await each(engine, 'progress', ({ key, value }) => {
    const whole = sessions.get(Number(key))
    if (whole !== undefined) Object.assign(whole, decodeProgress(value))
  })
  await each(engine, 'received', ({ key }) => {
    const packetId = Number(key.slice(key.indexOf('/') + 1))
    sessions.get(numberIn(key))?.received.push(packetId)
  })
  return inOrder([...sessions.values()])
}

/** Calls `visit` with each record of a table. @throws {StoreError} */
export async function each(
  { records }: Pick<Engine, 'records'>,
  table: Table,
  visit: (record: StoredRecord) => void,
): Promise<void> {
  for await (const batch of records.scan(table)) batch.forEach(visit)
}

/** In the order of their texts, which does not depend on a language. */
export function byText<T>(textOf: (item: T) => string): (one: T, other: T) => number {
  return (one, other) => {
    const [a, b] = [textOf(one), textOf(other)]
    return a < b ? -1 : Number(a > b)
  }
}

function inOrder(sessions: WholeSession[]): readonly WholeSession[] {
  for (const { filters, received } of sessions) {
    filters.sort(byText(({ filter }) => filter))
    received.sort((one, other) => one - other)
  }
  return sessions.toSorted(byText(({ clientId }) => clientId))
}

/** Keys begin with the number of their session. */
function numberIn(key: string): number {
  return Number(key.slice(0, key.indexOf('/')))
}
