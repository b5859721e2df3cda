/**
 * A message from a client before MQTT 5.0 that nobody can take at present. There are no words to
 * refuse it: it is offered again for a while, unacknowledged, before the connection is given up.
 */
import type { PublishFrame } from '@godwit/codec'
import type { BrokerLimits } from './limits.ts'
import type { Message } from './message.ts'
import type { BrokerSession } from './session.ts'

const RETRY_MS = 200

/** What is withheld, and from whom. */
export interface WithheldParts {
  readonly frame: PublishFrame
  readonly message: Message
  readonly session: BrokerSession
  /** Lets the connection go on, after what is given was called. */
  readonly release: (act: () => void) => void
}

/** One message that waits to be taken. */
export class Withheld implements WithheldParts {
  readonly frame: PublishFrame
  readonly message: Message
  readonly session: BrokerSession
  readonly release: (act: () => void) => void
  /** When it is offered next. */
  nextAt: number
  readonly #until: number

  constructor(parts: WithheldParts, limits: Pick<BrokerLimits, 'withholdMs'>, now: number) {
    this.frame = parts.frame
    this.message = parts.message.own()
    this.message.offeredAgain = true
    this.session = parts.session
    this.release = parts.release
    this.nextAt = now + RETRY_MS
    this.#until = now + limits.withholdMs
  }

  /** It was refused once more: whether to offer it again. */
  refused(now: number): boolean {
    this.nextAt = now + RETRY_MS
    return this.nextAt <= this.#until
  }
}
