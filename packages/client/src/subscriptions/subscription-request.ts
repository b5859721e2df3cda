/** What a program asks to be subscribed to: checked and completed before anything is done. */
import { isQoS } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import type { GivingWay } from './message-queue.ts'
import { misuse } from '../misuse.ts'
import type { SubscribeOptions } from '../options.ts'

/** The Subscription Options that streams on one filter share (§3.8.3.1). */
export interface SharedTerms {
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly retainHandling: 0 | 1 | 2
}

/** One call of `subscribe`, with nothing left open. */
export interface SubscriptionRequest {
  /** Each once, in the order in which they were given. */
  readonly filters: readonly string[]
  readonly qos: QoS
  readonly terms: SharedTerms
  readonly userProperty: SubscribeOptions['userProperty']
  readonly isManual: boolean
  readonly messagesMax: number
  readonly bytesMax: number
  readonly givingWay: GivingWay
  readonly allowPartial: boolean
  readonly signal: AbortSignal | undefined
}

/** The request that a call means. @throws {TypeError} for what no server could be asked. */
export function subscriptionRequest(
  filters: string | readonly string[],
  options: SubscribeOptions,
): SubscriptionRequest {
  const { qos = 0, acknowledge = 'next', messagesMax = MESSAGES_MAX } = options
  const { bytesMax = BYTES_MAX } = options
  const { noLocal = false, retainAsPublished = false, retainHandling = 0 } = options
  const { whenFull = 'drop-oldest', allowPartial = false, userProperty, signal } = options
  const wanted = [...new Set(Array.isArray(filters) ? filters : [filters])]
  if (wanted.length === 0) throw misuse('A subscription has at least one Topic Filter', filters)
  for (const filter of wanted) checkFilter(filter, noLocal)
  if (!isQoS(qos)) throw misuse('A QoS is 0, 1 or 2', qos)
  checkChoice('retainHandling', [0, 1, 2], retainHandling)
  checkChoice('acknowledge', ['next', 'manual'], acknowledge)
  checkChoice('whenFull', ['drop-oldest', 'drop-newest'], whenFull)
  if (!(messagesMax >= 1)) throw misuse('messagesMax is a number from 1 on', messagesMax)
  if (!(bytesMax >= 1)) throw misuse('bytesMax is a number from 1 on', bytesMax)
  return {
    filters: wanted,
    qos,
    terms: { noLocal, retainAsPublished, retainHandling },
    userProperty,
    isManual: acknowledge === 'manual',
    messagesMax,
    bytesMax,
    givingWay: whenFull,
    allowPartial,
    signal,
  }
}

/** Some seconds of a lively topic; whoever is further behind is better served with what is new. */
const MESSAGES_MAX = 1000
/** A thousand of the largest messages would fill any memory. */
const BYTES_MAX = 64 * 1024 * 1024

function checkFilter(filter: unknown, noLocal: boolean): void {
  if (typeof filter !== 'string') throw misuse('A Topic Filter is a string', filter)
  const fault = topicFilterFault(filter)
  if (fault !== undefined) throw misuse(`${fault.reason} [${fault.statement}]`, filter)
  if (!noLocal || !filter.startsWith('$share/')) return
  throw misuse('A Shared Subscription may not be noLocal [MQTT-3.8.3-4]', filter) // [MQTT-3.8.3-4]
}

function checkChoice(name: string, choices: readonly unknown[], got: unknown): void {
  if (choices.includes(got)) return
  throw misuse(`${name} is one of ${choices.map(String).join(', ')}`, got)
}
