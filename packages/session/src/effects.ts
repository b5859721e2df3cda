/**
 * What an engine wants done (§4). Effects are data, for the owner of the connection to carry out
 * in order before it gives the engine its next input. PUBLISH never becomes an effect: its answer
 * is the return value of `receivePublish`, which allocates nothing.
 */
import type {
  AuthPacket,
  ConnectPacket,
  Packet,
  ReasonCode,
  SubscribePacket,
  UnsubscribePacket,
} from '@godwit/codec'

/** Milliseconds of a monotonic clock. Always an argument: no engine reads a clock. */
export type Instant = number

/** What the server end of a Network Connection wants done. */
export type ServerEffect =
  | {
      /**
       * Decide about the client, then call `accept` or `reject`; nothing else before. If CONNECT
       * names an Authentication Method, `challenge` is a third answer, and a method that is not
       * known is to be rejected with 0x8C. [MQTT-4.12.0-1]
       */
      readonly type: 'authenticate'
      readonly connect: ConnectPacket
    }
  | {
      /**
       * The client sent its part of an enhanced authentication (§4.12): call `challenge` for more
       * of it. Else, in the CONNECT exchange, call `accept` or `reject`, and in a `renewal`, which
       * a connected client began, `renewed` or `end`.
       */
      readonly type: 'authentication'
      readonly packet: AuthPacket
      readonly renewal: boolean
    }
  | {
      /** Put this on the wire, behind what is on its way already. */
      readonly type: 'send'
      readonly packet: Packet
    }
  | {
      /** Subscribe, then call `subscribed` with one Reason Code for each filter. */
      readonly type: 'subscribe'
      readonly packet: SubscribePacket
    }
  | {
      /** Unsubscribe, then call `unsubscribed` with one Reason Code for each filter. */
      readonly type: 'unsubscribe'
      readonly packet: UnsubscribePacket
    }
  | CloseEffect

/** What is to be done, in this order; often nothing. */
export type ServerEffects = readonly ServerEffect[]

/** The connection is over: send what is on its way, then close it. No effect follows. */
export interface CloseEffect {
  readonly type: 'close'
  /** Why, in the vocabulary of MQTT 5.0, whatever the version and whether or not it was sent. */
  readonly reasonCode: ReasonCode
  /** Whether the Will Message is due (§3.1.2.5). */
  readonly publishWill: boolean
  /** For the log: what happened, in a sentence. */
  readonly cause: string
}
