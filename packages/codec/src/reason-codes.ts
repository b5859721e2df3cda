/**
 * The table of Reason Codes (§2.4, Table 2-6): code, name, the packets that may carry it, and in
 * DISCONNECT and AUTH who may send it. Types, checks and the documents read this table.
 *
 * The whole code base speaks these codes, whatever the version of a connection: the column
 * `connackReturnCode` is what MQTT 3.1 and 3.1.1 write in a CONNACK instead.
 */
import type { PacketType } from './packet-types.ts'

/** One row of {@link REASON_CODES}. */
export interface ReasonCodeRow {
  readonly code: number
  /** The specification's name, for people. */
  readonly name: string
  /** The packets that may carry the code. */
  readonly in: readonly PacketType[]
  /** Who may send it in a DISCONNECT or AUTH; either end where absent. */
  readonly sender?: 'client' | 'server'
  /** The Connect Return code of MQTT 3.1 and 3.1.1 with this meaning (MQTT 3.1.1 §3.2.2.3). */
  readonly connackReturnCode?: number
}

/** Every Reason Code by its name. */
export const REASON_CODES = {
  Success: {
    code: 0x00,
    name: 'Success',
    in: ['connack', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'unsuback', 'auth'],
    sender: 'server',
  },
  NormalDisconnection: { code: 0x00, name: 'Normal disconnection', in: ['disconnect'] },
  GrantedQoS0: { code: 0x00, name: 'Granted QoS 0', in: ['suback'] },
  GrantedQoS1: { code: 0x01, name: 'Granted QoS 1', in: ['suback'] },
  GrantedQoS2: { code: 0x02, name: 'Granted QoS 2', in: ['suback'] },
  DisconnectWithWillMessage: {
    code: 0x04,
    name: 'Disconnect with Will Message',
    in: ['disconnect'],
    sender: 'client',
  },
  NoMatchingSubscribers: { code: 0x10, name: 'No matching subscribers', in: ['puback', 'pubrec'] },
  NoSubscriptionExisted: { code: 0x11, name: 'No subscription existed', in: ['unsuback'] },
  ContinueAuthentication: { code: 0x18, name: 'Continue authentication', in: ['auth'] },
  Reauthenticate: { code: 0x19, name: 'Re-authenticate', in: ['auth'], sender: 'client' },
  UnspecifiedError: {
    code: 0x80,
    name: 'Unspecified error',
    in: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'],
  },
  MalformedPacket: { code: 0x81, name: 'Malformed Packet', in: ['connack', 'disconnect'] },
  ProtocolError: { code: 0x82, name: 'Protocol Error', in: ['connack', 'disconnect'] },
  ImplementationSpecificError: {
    code: 0x83,
    name: 'Implementation specific error',
    in: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'],
  },
  UnsupportedProtocolVersion: {
    code: 0x84,
    name: 'Unsupported Protocol Version',
    in: ['connack'],
    connackReturnCode: 1,
  },
  ClientIdentifierNotValid: {
    code: 0x85,
    name: 'Client Identifier not valid',
    in: ['connack'],
    connackReturnCode: 2,
  },
  BadUserNameOrPassword: {
    code: 0x86,
    name: 'Bad User Name or Password',
    in: ['connack'],
    connackReturnCode: 4,
  },
  NotAuthorized: {
    code: 0x87,
    name: 'Not authorized',
    in: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'],
    sender: 'server',
    connackReturnCode: 5,
  },
  ServerUnavailable: {
    code: 0x88,
    name: 'Server unavailable',
    in: ['connack'],
    connackReturnCode: 3,
  },
  ServerBusy: { code: 0x89, name: 'Server busy', in: ['connack', 'disconnect'], sender: 'server' },
  Banned: { code: 0x8a, name: 'Banned', in: ['connack'] },
  ServerShuttingDown: {
    code: 0x8b,
    name: 'Server shutting down',
    in: ['disconnect'],
    sender: 'server',
  },
  BadAuthenticationMethod: {
    code: 0x8c,
    name: 'Bad authentication method',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  KeepAliveTimeout: {
    code: 0x8d,
    name: 'Keep Alive timeout',
    in: ['disconnect'],
    sender: 'server',
  },
  SessionTakenOver: {
    code: 0x8e,
    name: 'Session taken over',
    in: ['disconnect'],
    sender: 'server',
  },
  TopicFilterInvalid: {
    code: 0x8f,
    name: 'Topic Filter invalid',
    in: ['suback', 'unsuback', 'disconnect'],
    sender: 'server',
  },
  TopicNameInvalid: {
    code: 0x90,
    name: 'Topic Name invalid',
    in: ['connack', 'puback', 'pubrec', 'disconnect'],
  },
  PacketIdentifierInUse: {
    code: 0x91,
    name: 'Packet Identifier in use',
    in: ['puback', 'pubrec', 'suback', 'unsuback'],
  },
  PacketIdentifierNotFound: {
    code: 0x92,
    name: 'Packet Identifier not found',
    in: ['pubrel', 'pubcomp'],
  },
  ReceiveMaximumExceeded: { code: 0x93, name: 'Receive Maximum exceeded', in: ['disconnect'] },
  TopicAliasInvalid: { code: 0x94, name: 'Topic Alias invalid', in: ['disconnect'] },
  PacketTooLarge: { code: 0x95, name: 'Packet too large', in: ['connack', 'disconnect'] },
  MessageRateTooHigh: { code: 0x96, name: 'Message rate too high', in: ['disconnect'] },
  QuotaExceeded: {
    code: 0x97,
    name: 'Quota exceeded',
    in: ['connack', 'puback', 'pubrec', 'suback', 'disconnect'],
  },
  AdministrativeAction: { code: 0x98, name: 'Administrative action', in: ['disconnect'] },
  PayloadFormatInvalid: {
    code: 0x99,
    name: 'Payload format invalid',
    in: ['connack', 'puback', 'pubrec', 'disconnect'],
  },
  RetainNotSupported: {
    code: 0x9a,
    name: 'Retain not supported',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  QoSNotSupported: {
    code: 0x9b,
    name: 'QoS not supported',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  UseAnotherServer: {
    code: 0x9c,
    name: 'Use another server',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  ServerMoved: {
    code: 0x9d,
    name: 'Server moved',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  SharedSubscriptionsNotSupported: {
    code: 0x9e,
    name: 'Shared Subscriptions not supported',
    in: ['suback', 'disconnect'],
    sender: 'server',
  },
  ConnectionRateExceeded: {
    code: 0x9f,
    name: 'Connection rate exceeded',
    in: ['connack', 'disconnect'],
    sender: 'server',
  },
  MaximumConnectTime: {
    code: 0xa0,
    name: 'Maximum connect time',
    in: ['disconnect'],
    sender: 'server',
  },
  SubscriptionIdentifiersNotSupported: {
    code: 0xa1,
    name: 'Subscription Identifiers not supported',
    in: ['suback', 'disconnect'],
    sender: 'server',
  },
  WildcardSubscriptionsNotSupported: {
    code: 0xa2,
    name: 'Wildcard Subscriptions not supported',
    in: ['suback', 'disconnect'],
    sender: 'server',
  },
} as const

type Table = typeof REASON_CODES

/** Any Reason Code of the table. */
export type ReasonCode = Table[keyof Table]['code']

/** The Reason Codes by name: `ReasonCode.QuotaExceeded` is 0x97. */
export const ReasonCode: { readonly [K in keyof Table]: Table[K]['code'] } = codesByName()

/** The packets that carry a Reason Code. */
export type ReasonCodeCarrier = Table[keyof Table]['in'][number]

/** Whether a packet of this type may carry this code (§2.4). */
export function isReasonCode(code: number, carrier: ReasonCodeCarrier): code is ReasonCode {
  return rowOf(code, carrier) !== undefined
}

/** Who may send this code in a DISCONNECT or AUTH: `undefined` for either end. */
export function senderOf(
  code: ReasonCode,
  carrier: 'disconnect' | 'auth',
): 'client' | 'server' | undefined {
  return rowOf(code, carrier)?.sender
}

/** The specification's name of a code, as it is called in that packet: 0x00 has three names. */
export function reasonCodeName(code: ReasonCode, carrier?: ReasonCodeCarrier): string {
  const row = carrier === undefined ? undefined : rowOf(code, carrier)
  return (row ?? ROWS.find((any) => any.code === code))?.name ?? `0x${code.toString(16)}`
}

/** The Reason Code that a Connect Return code of MQTT 3.1 and 3.1.1 stands for. */
export function reasonCodeOfReturnCode(returnCode: number): ReasonCode | undefined {
  return BY_RETURN_CODE.get(returnCode)
}

/** What MQTT 3.1 and 3.1.1 write in a CONNACK for a Reason Code; most have no such code. */
export function returnCodeOfReasonCode(reasonCode: ReasonCode): number | undefined {
  return RETURN_CODES.get(reasonCode)
}

type Row = ReasonCodeRow & { readonly code: ReasonCode }

const ROWS: readonly Row[] = Object.values(REASON_CODES)

/** Codes of CONNACK in MQTT 3.1 and 3.1.1: 0 means success there too. */
const RETURN_CODES: ReadonlyMap<ReasonCode, number> = new Map([
  [REASON_CODES.Success.code, 0],
  ...ROWS.flatMap((row): [ReasonCode, number][] =>
    row.connackReturnCode === undefined ? [] : [[row.code, row.connackReturnCode]],
  ),
])
const BY_RETURN_CODE: ReadonlyMap<number, ReasonCode> = new Map(
  [...RETURN_CODES].map(([reasonCode, returnCode]) => [returnCode, reasonCode]),
)

function rowOf(code: number, carrier: ReasonCodeCarrier): Row | undefined {
  return ROWS.find((row) => row.code === code && row.in.includes(carrier))
}

function codesByName(): { readonly [K in keyof Table]: Table[K]['code'] } {
  const codes = Object.entries(REASON_CODES).map(([name, row]) => [name, row.code])
  return Object.fromEntries(codes) as { readonly [K in keyof Table]: Table[K]['code'] }
}
