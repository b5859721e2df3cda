/** What to do about a Reason Code: one sentence for each that a person can do something about. */
import { ReasonCode } from '@godwit/codec'

/** The advice for a code, or an empty text. */
export function adviceFor(reasonCode: ReasonCode): string {
  return ADVICE.get(reasonCode) ?? ''
}

const ACCESS = 'Ask whoever runs the server for access, or ask for less.'
const LATER = 'Try again later.'
const NOT_OFFERED = 'The server does not offer it: do without.'
const SEND_LESS = 'Send less, or more slowly.'

const ADVICE: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [ReasonCode.UnsupportedProtocolVersion, 'Add older ones to `versions`, such as [5, 4].'],
  [ReasonCode.ClientIdentifierNotValid, 'Choose another `clientId`: short, of letters and digits.'],
  [ReasonCode.BadUserNameOrPassword, 'Check `username` and `password`.'],
  [ReasonCode.NotAuthorized, ACCESS],
  [ReasonCode.ServerUnavailable, LATER],
  [ReasonCode.ServerBusy, LATER],
  [ReasonCode.Banned, 'Ask whoever runs the server.'],
  [ReasonCode.BadAuthenticationMethod, 'Check `authentication`: the server wants another method.'],
  [
    ReasonCode.SessionTakenOver,
    'Another client has connected with this Client Identifier: give each its own `clientId`.',
  ],
  [ReasonCode.TopicFilterInvalid, 'Check the Topic Filter.'],
  [ReasonCode.TopicNameInvalid, 'Check the Topic Name.'],
  [ReasonCode.PacketTooLarge, 'Send smaller messages.'],
  [ReasonCode.MessageRateTooHigh, SEND_LESS],
  [ReasonCode.QuotaExceeded, SEND_LESS],
  [ReasonCode.PayloadFormatInvalid, 'Check the payload against `payloadFormatIndicator`.'],
  [ReasonCode.RetainNotSupported, NOT_OFFERED],
  [ReasonCode.QoSNotSupported, 'Ask for a lower QoS.'],
  [ReasonCode.UseAnotherServer, 'Connect there, or set `followServerReference`.'],
  [ReasonCode.ServerMoved, 'Connect there, or set `followServerReference`.'],
  [ReasonCode.SharedSubscriptionsNotSupported, NOT_OFFERED],
  [ReasonCode.ConnectionRateExceeded, 'Connect less often.'],
  [ReasonCode.SubscriptionIdentifiersNotSupported, NOT_OFFERED],
  [ReasonCode.WildcardSubscriptionsNotSupported, NOT_OFFERED],
])
