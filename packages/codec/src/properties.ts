/**
 * The table of properties (§2.2.2.2, Table 2-4). Types, decoder, encoder, checks, arbitraries and
 * the README read this table; a rule about one property is a cell of it, not an `if` elsewhere.
 */
import type { PacketType } from './packet-types.ts'
import type { ReasonCode } from './reason-codes.ts'

/** How a property's value is written (§1.5). */
export type PropertyKind = 'byte' | 'uint16' | 'uint32' | 'varint' | 'string' | 'binary' | 'pair'

/** What may hold properties: a Control Packet, or the Will Message inside a CONNECT. */
export type Carrier = Exclude<PacketType, 'pingreq' | 'pingresp'> | 'will'

/** One row of {@link PROPERTIES}. */
export interface PropertyRow {
  readonly id: number
  readonly kind: PropertyKind
  /** Who may carry it. */
  readonly in: readonly Carrier[]
  /** Where it may stand more than once; its value is an array there. */
  readonly many?: readonly Carrier[]
  /** The least value; 0 where absent. */
  readonly min?: number
  /** The greatest value; what the kind can hold where absent. */
  readonly max?: number
  /** The Reason Code for a value out of range; Protocol Error where absent. */
  readonly breach?: ReasonCode
  /** The statement that a value out of range breaks, where there is one. */
  readonly statement?: string
  /** The string is a Topic Name: no wildcards. */
  readonly topicName?: true
}

/** Every property by its name. */
export const PROPERTIES = {
  payloadFormatIndicator: { id: 0x01, kind: 'byte', in: ['publish', 'will'], max: 1 },
  messageExpiryInterval: { id: 0x02, kind: 'uint32', in: ['publish', 'will'] },
  contentType: { id: 0x03, kind: 'string', in: ['publish', 'will'] },
  responseTopic: { id: 0x08, kind: 'string', in: ['publish', 'will'], topicName: true },
  correlationData: { id: 0x09, kind: 'binary', in: ['publish', 'will'] },
  subscriptionIdentifier: {
    id: 0x0b,
    kind: 'varint',
    in: ['publish', 'subscribe'],
    many: ['publish'],
    min: 1,
  },
  sessionExpiryInterval: { id: 0x11, kind: 'uint32', in: ['connect', 'connack', 'disconnect'] },
  assignedClientIdentifier: { id: 0x12, kind: 'string', in: ['connack'] },
  serverKeepAlive: { id: 0x13, kind: 'uint16', in: ['connack'] },
  authenticationMethod: { id: 0x15, kind: 'string', in: ['connect', 'connack', 'auth'] },
  authenticationData: {
    id: 0x16,
    kind: 'binary',
    in: ['connect', 'connack', 'auth'],
  },
  requestProblemInformation: { id: 0x17, kind: 'byte', in: ['connect'], max: 1 },
  willDelayInterval: { id: 0x18, kind: 'uint32', in: ['will'] },
  requestResponseInformation: { id: 0x19, kind: 'byte', in: ['connect'], max: 1 },
  responseInformation: { id: 0x1a, kind: 'string', in: ['connack'] },
  serverReference: { id: 0x1c, kind: 'string', in: ['connack', 'disconnect'] },
  reasonString: {
    id: 0x1f,
    kind: 'string',
    in: [
      'connack',
      'puback',
      'pubrec',
      'pubrel',
      'pubcomp',
      'suback',
      'unsuback',
      'disconnect',
      'auth',
    ],
  },
  receiveMaximum: { id: 0x21, kind: 'uint16', in: ['connect', 'connack'], min: 1 },
  topicAliasMaximum: { id: 0x22, kind: 'uint16', in: ['connect', 'connack'] },
  topicAlias: {
    id: 0x23,
    kind: 'uint16',
    in: ['publish'],
    min: 1,
    breach: 0x94,
    statement: 'MQTT-3.3.2-8',
  },
  maximumQoS: { id: 0x24, kind: 'byte', in: ['connack'], max: 1 },
  retainAvailable: { id: 0x25, kind: 'byte', in: ['connack'], max: 1 },
  userProperty: {
    id: 0x26,
    kind: 'pair',
    in: [
      'connect',
      'connack',
      'publish',
      'will',
      'puback',
      'pubrec',
      'pubrel',
      'pubcomp',
      'subscribe',
      'suback',
      'unsubscribe',
      'unsuback',
      'disconnect',
      'auth',
    ],
    many: [
      'connect',
      'connack',
      'publish',
      'will',
      'puback',
      'pubrec',
      'pubrel',
      'pubcomp',
      'subscribe',
      'suback',
      'unsubscribe',
      'unsuback',
      'disconnect',
      'auth',
    ],
  },
  maximumPacketSize: { id: 0x27, kind: 'uint32', in: ['connect', 'connack'], min: 1 },
  wildcardSubscriptionAvailable: { id: 0x28, kind: 'byte', in: ['connack'], max: 1 },
  subscriptionIdentifierAvailable: { id: 0x29, kind: 'byte', in: ['connack'], max: 1 },
  sharedSubscriptionAvailable: { id: 0x2a, kind: 'byte', in: ['connack'], max: 1 },
} as const

type Table = typeof PROPERTIES

/** The name of a property. */
export type PropertyName = keyof Table

interface Values {
  readonly byte: number
  readonly uint16: number
  readonly uint32: number
  readonly varint: number
  readonly string: string
  readonly binary: Uint8Array
  readonly pair: readonly [name: string, value: string]
}

type ValueOf<R extends PropertyRow, C> = R extends { readonly many: readonly (infer M)[] }
  ? C extends M
    ? readonly Values[R['kind']][]
    : Values[R['kind']]
  : Values[R['kind']]

/**
 * The properties that a packet of this type may carry: `PropertiesOf<'publish'>` has
 * `topicAlias`, `PropertiesOf<'connect'>` has not.
 */
export type PropertiesOf<C extends Carrier> = {
  readonly [K in PropertyName as C extends Table[K]['in'][number] ? K : never]?: ValueOf<
    Table[K],
    C
  >
}
