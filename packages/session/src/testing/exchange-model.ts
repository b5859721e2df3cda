/** The reference model of QoS 1 and 2: the rules of each end, and what both promise together. */
import { UINT16_MAX } from '@godwit/codec'
import { DeliveryLedger } from './delivery-ledger.ts'
import { demand } from './demand.ts'
import { ReceiverRules } from './receiver-rules.ts'
import { SenderRules } from './sender-rules.ts'

/** What has to hold of one session in which messages go one way. */
export class ExchangeModel {
  /** How many Packet Identifiers there are for messages. */
  readonly identifiers: number
  readonly sender: SenderRules
  readonly receiver: ReceiverRules = new ReceiverRules()
  readonly ledger: DeliveryLedger = new DeliveryLedger()
  /** Whether there is a connection. */
  isConnected = false

  constructor(identifiers: number = UINT16_MAX) {
    this.identifiers = identifiers
    this.sender = new SenderRules(identifiers)
  }

  /** The link stayed up until nothing was left to do. */
  closed(): void {
    demand(this.sender.unfinished.length === 0, 'every exchange comes to its end')
    demand(this.receiver.taken.length === 0, 'no identifier stays in use')
    this.ledger.closed()
  }
}
