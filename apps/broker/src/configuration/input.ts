/**
 * What a configuration may say, as it is written: everything may be left out, sizes and times may
 * carry units, paths are relative. `configuration.ts` has what comes of it.
 */
import type { ProtocolVersion, QoS } from '@godwit/codec'
import type { BacklogPolicy, BrokerLimits, Capabilities, ShareStrategy } from '@godwit/broker'
import type { Durability } from '../keeping.ts'
import type { LogFormat, LogLevel } from '../log-terms.ts'

/** How the values look for which there is more than one way to write them. */
export interface Written {
  /**
   * Bytes, or a time in the unit that the key ends with; or a text with a unit: `64 KiB`, `2 GB`,
   * `500 ms`, `10 s`, `30 d`.
   */
  readonly quantity: number | string
  /** `3.1`, `3.1.1` or `5.0`. */
  readonly version: number | string
}

/** How they look when they were read. */
export interface Read extends Written {
  readonly quantity: number
  readonly version: ProtocolVersion
}

/** A configuration as it is written. */
export interface ConfigurationInput<Form extends Written = Written> {
  readonly listeners?: readonly ListenerInput<Form>[]
  /** How clients get in, by every listener that says nothing else. */
  readonly authentication?: AuthenticationInput<Form>
  /** What clients may do, by every listener that says nothing else. */
  readonly authorization?: AuthorizationInput<Form>
  readonly limits?: LimitsInput<Form>
  readonly rates?: RatesInput<Form>
  readonly capabilities?: Partial<Capabilities>
  readonly backlogPolicy?: BacklogPolicy
  readonly shareStrategy?: ShareStrategy
  readonly durability?: Durability
  readonly data?: string
  readonly log?: {
    readonly level?: LogLevel
    readonly format?: LogFormat
    readonly file?: string
  }
  readonly metrics?: { readonly url?: string }
  readonly admin?: AdminInput
  readonly tracing?: { readonly otlpUrl?: string; readonly sampleRatio?: number }
  readonly sys?: { readonly everySeconds?: Form['quantity'] }
  readonly stop?: StopInput<Form>
}

/** Where clients come from. */
export interface ListenerInput<Form extends Written = Written> {
  readonly name?: string
  readonly url: string
  readonly tls?: TlsInput
  readonly versions?: readonly Form['version'][]
  readonly anonymous?: boolean
  readonly authentication?: AuthenticationInput<Form>
  readonly authorization?: AuthorizationInput<Form>
  readonly origins?: readonly string[]
  readonly trustedProxies?: readonly string[]
  readonly proxyProtocol?: { readonly from: readonly string[] }
  readonly limits?: LimitsInput<Form>
  readonly capabilities?: Partial<Capabilities>
  readonly connectionsMax?: number
  /** Who may connect to a unix socket, as digits of `chmod`. */
  readonly mode?: string
}

/** How a listener is encrypted. */
export interface TlsInput {
  readonly certificate?: string
  readonly key?: string
  /** A file with the text that the key is encrypted with. */
  readonly passphraseFile?: string
  readonly clientCa?: string
  readonly clientCertificate?: ClientCertificate
  readonly revocations?: string
  readonly minVersion?: TlsVersion
  readonly serverNames?: readonly ServerNameInput[]
}

/** Whether clients are asked for a certificate. */
export type ClientCertificate = 'none' | 'request' | 'require'

/** The versions of TLS that are offered. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** The certificate for clients that ask for a server of this name. */
export interface ServerNameInput {
  readonly name: string
  readonly certificate: string
  readonly key: string
  readonly passphraseFile?: string
}

/** How clients get in. */
export interface AuthenticationInput<Form extends Written = Written> {
  readonly anonymous?: boolean
  readonly passwordFile?: string
  readonly scramFile?: string
  readonly jwt?: JwtInput
  readonly certificate?: { readonly username?: CertificateName }
  readonly http?: HttpHookInput<Form>
}

/** A service that is asked about clients. */
export interface HttpHookInput<Form extends Written = Written> {
  readonly url?: string
  readonly timeoutMs?: Form['quantity']
}

/** Which name of a client's certificate becomes its user name. */
export type CertificateName = 'cn' | 'dns' | 'email' | 'uri'

/** How JSON Web Tokens are verified that come as passwords. */
export interface JwtInput {
  readonly secret?: string
  readonly secretFile?: string
  readonly publicKeyFile?: string
  readonly jwksUrl?: string
  readonly jwksFile?: string
  readonly issuer?: readonly string[]
  readonly audience?: readonly string[]
  readonly algorithms?: readonly string[]
  /** Where clients put the token. */
  readonly from?: 'password' | 'username'
  readonly usernameClaim?: string
  readonly clientIdClaim?: string
  readonly aclClaim?: string
}

/** What clients may do. */
export interface AuthorizationInput<Form extends Written = Written> {
  readonly aclFile?: string
  readonly rules?: readonly RuleInput[]
  readonly http?: HttpHookInput<Form> & { readonly cacheSeconds?: Form['quantity'] }
  readonly otherwise?: 'allow' | 'deny'
}

/** A rule; the first that fits decides. It has `allow` or `deny`, and fits where all else does. */
export interface RuleInput {
  readonly allow?: readonly RuledAction[]
  readonly deny?: readonly RuledAction[]
  readonly topics: readonly string[]
  readonly users?: readonly string[]
  readonly clients?: readonly string[]
  readonly addresses?: readonly string[]
  readonly anonymous?: boolean
  readonly qos?: readonly QoS[]
  readonly retain?: boolean
}

/** What a rule is about. */
export type RuledAction = 'publish' | 'subscribe'

/** The HTTP API for administration. */
export interface AdminInput {
  readonly url?: string
  readonly tokens?: readonly string[]
  readonly tokenFile?: string
  readonly hosts?: readonly string[]
  readonly origins?: readonly string[]
}

/** How the broker ends. */
export interface StopInput<Form extends Written = Written> {
  readonly reason?: 'shutting-down' | 'use-another-server'
  readonly serverReference?: string
  readonly timeoutMs?: Form['quantity']
}

/** What differs from the limits of the broker. */
export type LimitsInput<Form extends Written = Written> = {
  readonly [Name in Exclude<keyof BrokerLimits, 'closeTimeoutMs'>]?: Form['quantity']
}

/** How fast clients may go. */
export interface RatesInput<Form extends Written = Written> {
  readonly clientMessagesPerSecond?: number
  readonly clientBytesPerSecond?: Form['quantity']
  readonly userMessagesPerSecond?: number
  readonly userBytesPerSecond?: Form['quantity']
  readonly addressMessagesPerSecond?: number
  readonly addressBytesPerSecond?: Form['quantity']
  readonly connectionsPerSecond?: number
  readonly failedLoginsPerMinute?: number
  readonly failedLoginDelayMs?: Form['quantity']
  readonly banAfterFailedLogins?: BanInput<Form>
  /** Addresses that the rates of addresses do not hold for. */
  readonly exempt?: readonly string[]
}

/** When an address is banned for its failed logins, and for how long. */
export interface BanInput<Form extends Written = Written> {
  readonly count: number
  readonly withinSeconds: Form['quantity']
  readonly forSeconds: Form['quantity']
}
