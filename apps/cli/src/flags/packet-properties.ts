/**
 * Properties of MQTT 5.0 by the names that mosquitto's `-D` gives them: which packet may have which
 * (its manual, section Properties), and what their values are.
 */
import { UINT16_MAX, UINT32_MAX } from '@godwit/codec'
import { InvalidArgumentError } from 'commander'
import { sessionExpiry, wholeNumber } from './flag-values.ts'
import type { UserProperty } from './flag-values.ts'
import { wordsOf } from './property-words.ts'

/** What `-D` has set, by packet. */
export interface PacketProperties {
  readonly connect: ConnectProperties
  readonly publish: PublishProperties
  readonly will: WillProperties
  readonly subscribe: { userProperty?: readonly UserProperty[] }
  readonly disconnect: { userProperty?: readonly UserProperty[] }
}

/** Properties of CONNECT that a flag may set. */
export interface ConnectProperties {
  authenticationMethod?: string
  authenticationData?: Uint8Array
  maximumPacketSize?: number
  receiveMaximum?: number
  requestProblemInformation?: number
  requestResponseInformation?: number
  sessionExpiryInterval?: number
  topicAliasMaximum?: number
  userProperty?: readonly UserProperty[]
}

/** Properties of PUBLISH that a flag may set. */
interface PublishProperties {
  contentType?: string
  correlationData?: Uint8Array
  messageExpiryInterval?: number
  payloadFormatIndicator?: number
  responseTopic?: string
  userProperty?: readonly UserProperty[]
}

/** Properties of the Will that a flag may set. */
interface WillProperties extends PublishProperties {
  willDelayInterval?: number
}

/** Reads what follows one `-D`, joined, and adds it to what the earlier ones have set. */
export function propertyWords(
  joined: string,
  previous: PacketProperties | undefined,
): PacketProperties {
  const [first = '', second = '', ...values] = wordsOf(joined)
  const packet = first.toLowerCase()
  const identifier = second.toLowerCase()
  const setters = SETTERS.get(packet)
  if (setters === undefined) {
    throw new InvalidArgumentError(`It begins with one of ${[...SETTERS.keys()].join(', ')}.`)
  }
  const set = setters.get(identifier)
  if (set === undefined) {
    const allowed = [...setters.keys()].join(', ')
    throw new InvalidArgumentError(`The properties of ${packet} are ${allowed}.`)
  }
  const [value, last] = values
  if (value === undefined || (identifier === 'user-property' && last === undefined)) {
    throw new InvalidArgumentError(
      'It is PACKET IDENTIFIER VALUE or PACKET user-property NAME VALUE.',
    )
  }
  const properties = previous ?? {
    connect: {},
    publish: {},
    will: {},
    subscribe: {},
    disconnect: {},
  }
  set(properties, value, last ?? '')
  return properties
}

type Setter = (properties: PacketProperties, value: string, second: string) => void
type Setters = ReadonlyMap<string, Setter>

const uint16 = wholeNumber(0, UINT16_MAX)
const uint32 = wholeNumber(0, UINT32_MAX)
const flag = wholeNumber(0, 1)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function publishSetters(of: (all: PacketProperties) => PublishProperties): Setters {
  return new Map<string, Setter>([
    ['content-type', (all, value) => void (of(all).contentType = value)],
    ['correlation-data', (all, value) => void (of(all).correlationData = bytes(value))],
    [
      'message-expiry-interval',
      (all, value) => void (of(all).messageExpiryInterval = uint32(value)),
    ],
    [
      'payload-format-indicator',
      (all, value) => void (of(all).payloadFormatIndicator = flag(value)),
    ],
    ['response-topic', (all, value) => void (of(all).responseTopic = value)],
    ['user-property', userPropertySetter(of)],
  ])
}

function userPropertySetter(
  of: (all: PacketProperties) => { userProperty?: readonly UserProperty[] },
): Setter {
  return (all, name, value) => {
    const target = of(all)
    target.userProperty = [...(target.userProperty ?? []), [name, value]]
  }
}

const CONNECT: Setters = new Map<string, Setter>([
  ['authentication-data', ({ connect }, value) => void (connect.authenticationData = bytes(value))],
  ['authentication-method', ({ connect }, value) => void (connect.authenticationMethod = value)],
  [
    'maximum-packet-size',
    ({ connect }, value) => void (connect.maximumPacketSize = wholeNumber(1, UINT32_MAX)(value)),
  ],
  [
    'receive-maximum',
    ({ connect }, value) => void (connect.receiveMaximum = wholeNumber(1, UINT16_MAX)(value)),
  ],
  [
    'request-problem-information',
    ({ connect }, value) => void (connect.requestProblemInformation = flag(value)),
  ],
  [
    'request-response-information',
    ({ connect }, value) => void (connect.requestResponseInformation = flag(value)),
  ],
  [
    'session-expiry-interval',
    ({ connect }, value) => void (connect.sessionExpiryInterval = sessionExpiry(value)),
  ],
  ['topic-alias-maximum', ({ connect }, value) => void (connect.topicAliasMaximum = uint16(value))],
  ['user-property', userPropertySetter(({ connect }) => connect)],
])

const SETTERS: ReadonlyMap<string, Setters> = new Map([
  ['connect', CONNECT],
  [
    'publish',
    new Map([
      ...publishSetters(({ publish }) => publish),
      // The client gives its topics aliases by itself, as many as the server takes.
      ['topic-alias', (_: PacketProperties, value: string) => void uint16(value)],
    ]),
  ],
  [
    'will',
    new Map([
      ...publishSetters(({ will }) => will),
      [
        'will-delay-interval',
        ({ will }: PacketProperties, value: string) =>
          void (will.willDelayInterval = uint32(value)),
      ],
    ]),
  ],
  ['subscribe', new Map([['user-property', userPropertySetter(({ subscribe }) => subscribe)]])],
  ['disconnect', new Map([['user-property', userPropertySetter(({ disconnect }) => disconnect)]])],
])
