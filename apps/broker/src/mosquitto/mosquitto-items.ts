/** What Mosquitto kept, item by item, and in sentences what is not among them. */
import type { Located } from '../data/import-items.ts'
import type { SourceTerms } from '../data/import-source.ts'
import { importOf } from './mosquitto-import.ts'
import type { LeftBehind } from './mosquitto-import.ts'
import type { MosquittoState } from './mosquitto-state.ts'

/** In the order in which they are imported. What is left out is told at the end. */
export function* mosquittoItems(
  state: MosquittoState,
  { now, onNotice }: SourceTerms,
): Generator<Located> {
  const { items, left } = importOf(state, now)
  for (const item of items) yield { where: 'mosquitto.db', item }
  for (const notice of noticesOf(left)) onNotice(notice)
  for (const { type, chunks, bytes } of state.skipped) {
    onNotice(`left out: ${counted(chunks, 'chunk')} of the unknown type ${type}, ${bytes} bytes`)
  }
}

function* noticesOf({ sessions, deliveries, retained, usernames }: LeftBehind): Generator<string> {
  if (sessions > 0) yield `left out: ${counted(sessions, 'session')} at an end`
  if (deliveries > 0) {
    const reasons = 'expired, of QoS 0, or not kept by Mosquitto'
    yield `left out: ${counted(deliveries, 'waiting message')}, ${reasons}`
  }
  if (retained > 0) yield `left out: ${counted(retained, 'retained message')}, expired`
  if (usernames > 0) {
    const reason = 'Mosquitto writes that of the session before at times'
    yield `${counted(usernames, 'session')} may have no user name of their own: ${reason}`
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
