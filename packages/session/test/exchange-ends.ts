// What the tests of the sender and of the receiver share: either, connected, and what it says.

import type { AcknowledgementType, PacketIdentifier, ReasonCode } from '@godwit/codec'
import { Receiver, Sender } from '../src/index.ts'
import type { AcknowledgementSink, Resending, ResendOutcome } from '../src/index.ts'

/** A sender of text on its first connection. */
export function connectedSender(receiveMaximum = 10): Sender<string> {
  const sender = new Sender<string>()
  sender.resume(receiveMaximum)
  return sender
}

/** What was sent again. Every PUBLISH is `sent`, but for the outcomes that are given. */
export function resent(
  sender: Sender<string>,
  outcomes: Readonly<Record<string, ResendOutcome>> = {},
): readonly string[] {
  const packets: string[] = []
  const to: Resending<string> = {
    release: (packetId) => packets.push(`release ${packetId}`),
    publish: (packetId, qos, message, again) => {
      const outcome = outcomes[message] ?? 'sent'
      const first = again ? '' : ' first'
      if (outcome === 'sent') packets.push(`publish ${packetId} ${qos} ${message}${first}`)
      return outcome
    },
  }
  sender.resend(to)
  return packets
}

/** Takes acknowledgements down as text. */
export class Sink implements AcknowledgementSink {
  readonly taken: string[] = []

  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.taken.push(`${type} ${packetId} ${reasonCode}`)
  }
}

/** A receiver on its first connection. */
export function connectedReceiver(receiveMaximum = 10): { receiver: Receiver; sink: Sink } {
  const receiver = new Receiver()
  receiver.resume(receiveMaximum)
  return { receiver, sink: new Sink() }
}

/** A receiver that has received and settled QoS 2 messages with these identifiers. */
export function received(receiver: Receiver, ...packetIds: readonly PacketIdentifier[]): void {
  const sink = new Sink()
  for (const packetId of packetIds) {
    receiver.begin(2, packetId, sink)
    receiver.settle(packetId, 0, sink)
  }
}
