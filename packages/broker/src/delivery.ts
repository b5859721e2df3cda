/** A message above QoS 0 on its way to one session: queued, or sent and not yet acknowledged. */
import { PublishFrame } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import type { JournalEntry } from './journal-entry.ts'
import type { Message } from './message.ts'
import type { RouteTerms } from './route.ts'

/** How one copy of a message is to be delivered. */
export interface DeliveryForm {
  readonly terms: RouteTerms
  readonly qos: 1 | 2
  /** The RETAIN flag that it is sent with. */
  readonly retain: boolean
}

/** One copy, for one session. */
export class Delivery implements DeliveryForm {
  /** `undefined` while it is in the log only. */
  message: Message | undefined
  readonly terms: RouteTerms
  readonly qos: 1 | 2
  readonly retain: boolean
  /** Its place in the log, if the session is durable; the session is one of its holders. */
  entry: JournalEntry | undefined
  /** It should be in the log, and is not. */
  missing = false
  /** What it counts for among the bytes that wait for a session. */
  readonly bytes: number

  /**
   * Takes the bytes of a message in memory out of the chunk that they came in; of one in the log
   * only, `bytes` says how many there are.
   */
  constructor(message: Message | undefined, form: DeliveryForm, entry?: JournalEntry, bytes = 0) {
    this.message = message?.isOwn === true ? message : message?.own()
    this.terms = form.terms
    this.qos = form.qos
    this.retain = form.retain
    this.entry = entry
    this.bytes = message === undefined ? bytes : sizeOf(message)
  }
}

/** How a message above QoS 0 is to be delivered. */
export function formOf(qos: QoS, terms: RouteTerms, retain: boolean): DeliveryForm {
  return { terms, qos: qos === 2 ? 2 : 1, retain }
}

/** The QoS of a copy: that of the message, or of the subscription if it is lower (§3.8.4). */
export function deliveredQoS(message: Message, terms: RouteTerms): QoS {
  return message.qos < terms.qos ? message.qos : terms.qos
}

/** The bytes of a message in memory, rather more than less. */
export function sizeOf({ source }: Message): number {
  if (source instanceof PublishFrame) return OVERHEAD_BYTES + source.length
  return OVERHEAD_BYTES + 2 * source.topic.length + source.payload.length
}

/** What the objects around the bytes of a message take (Node 24). */
const OVERHEAD_BYTES = 300
