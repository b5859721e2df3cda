/** A message above QoS 0 on its way to one session: queued, or sent and not yet acknowledged. */
import { PublishFrame } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import type { Message } from './message.ts'
import type { RouteTerms } from './route.ts'

/** One copy, for one session. */
export class Delivery {
  readonly message: Message
  readonly terms: RouteTerms
  readonly qos: 1 | 2
  /** The RETAIN flag that it is sent with. */
  readonly retain: boolean

  /** Takes the message's bytes out of the chunk that they came in. */
  constructor(message: Message, terms: RouteTerms, qos: 1 | 2, retain: boolean) {
    this.message = message.own()
    this.terms = terms
    this.qos = qos
    this.retain = retain
  }

  /** What it counts for among the bytes that wait for a session. */
  get bytes(): number {
    return sizeOf(this.message)
  }
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
