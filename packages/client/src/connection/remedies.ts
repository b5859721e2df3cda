/** Whether trying again helps, by who ended a connection and why. */
import { ReasonCode } from '@godwit/codec'
import type { ConnectionEnd } from '@godwit/session'
import type { Remedy } from '../errors.ts'

/**
 * The remedy for a connection that came to its end; `entered` tells whether the client was let in.
 * What no server has decided is worth another try, as is a server that broke the rules, for it may
 * be another one next time, or mended.
 */
export function remedyFor(end: ConnectionEnd, entered: boolean): Remedy {
  const { origin, reasonCode, serverReference } = end
  if (origin !== 'server') return 'retry'
  if (MOVED.has(reasonCode)) return movedRemedy(reasonCode, serverReference)
  if (IDENTITY.has(reasonCode)) return 'refresh-credentials'
  if (FATAL.has(reasonCode)) return 'fatal'
  return !entered && ABOUT_CONNECT.has(reasonCode) ? 'fatal' : 'retry'
}

function movedRemedy(reasonCode: ReasonCode, serverReference: string | undefined): Remedy {
  if (serverReference !== undefined) return 'follow-server'
  return reasonCode === ReasonCode.UseAnotherServer ? 'retry' : 'fatal'
}

const MOVED: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.UseAnotherServer,
  ReasonCode.ServerMoved,
])

/** Who the client is does not convince the server: a new token may. */
const IDENTITY: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.BadUserNameOrPassword,
  ReasonCode.NotAuthorized,
  ReasonCode.BadAuthenticationMethod,
])

/**
 * The same would happen again: the program asks for what this server does not take, or another
 * client has the same Client Identifier, and the two would throw each other out for ever.
 */
const FATAL: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.UnsupportedProtocolVersion,
  ReasonCode.ClientIdentifierNotValid,
  ReasonCode.Banned,
  ReasonCode.SessionTakenOver,
  ReasonCode.TopicFilterInvalid,
  ReasonCode.TopicNameInvalid,
  ReasonCode.PacketTooLarge,
  ReasonCode.PayloadFormatInvalid,
  ReasonCode.RetainNotSupported,
  ReasonCode.QoSNotSupported,
  ReasonCode.SharedSubscriptionsNotSupported,
  ReasonCode.SubscriptionIdentifiersNotSupported,
  ReasonCode.WildcardSubscriptionsNotSupported,
])

/** In CONNACK they are about the CONNECT, which will be the same; later, about some packet. */
const ABOUT_CONNECT: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.MalformedPacket,
  ReasonCode.ProtocolError,
])
