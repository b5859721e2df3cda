/** How much may wait for one session, and what happens beyond it. */
import type { DeliveryGate } from './delivery-gate.ts'
import type { DeliveryQueue, Dropped } from './delivery-queue.ts'
import type { DropReason } from './stats.ts'
import type { Surroundings } from './surroundings.ts'

/** The session. */
export interface Bounded {
  readonly queue: DeliveryQueue
  /** What waits for the decision of a guard. */
  readonly gate: DeliveryGate | undefined
  /** Whether what waits is on disk. */
  readonly isDurable: boolean
  /** A message of the queue is lost. */
  lost(dropped: Dropped, reason: DropReason): void
  /** One that waits for a decision is, or one that could not be taken. */
  turnAway(reason: DropReason): void
}

/** Makes room for so many bytes in the way that the broker is told to. False if there is none. */
export function makeRoomFor(bytes: number, session: Bounded, surroundings: Surroundings): boolean {
  const { limits, backlogPolicy } = surroundings
  const bytesMax = session.isDurable ? limits.storedBacklogBytesMax : limits.backlogBytesMax
  const bytesFree = bytesMax - bytes
  if (bytesFree < 0) return false
  const count = session.isDurable ? limits.storedBacklogMessagesMax : limits.backlogMessagesMax
  if (!isFull(session, count, bytesFree)) return true
  dropExpired(session, surroundings, count, bytesFree)
  if (backlogPolicy === 'drop-oldest') dropOldest(session, count, bytesFree)
  return !isFull(session, count, bytesFree)
}

function isFull({ queue, gate }: Bounded, count: number, bytesFree: number): boolean {
  if (queue.length + (gate?.length ?? 0) >= count) return true
  return queue.bytes + (gate?.bytes ?? 0) > bytesFree
}

/** What nobody is to get any more makes room first. [MQTT-3.3.2-5] */
function dropExpired(
  session: Bounded,
  { turn }: Surroundings,
  count: number,
  bytesFree: number,
): void {
  while (isFull(session, count, bytesFree) && session.queue.expiresAt <= turn.now) {
    const dropped = session.queue.drop()
    if (dropped === undefined) return
    session.lost(dropped, 'expired')
  }
}

function dropOldest(session: Bounded, count: number, bytesFree: number): void {
  while (isFull(session, count, bytesFree)) {
    const dropped = session.queue.drop()
    if (dropped !== undefined) session.lost(dropped, 'backlog-full')
    else if (session.gate?.shift() === true) session.turnAway('backlog-full')
    else return
  }
}
