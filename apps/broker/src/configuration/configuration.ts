/** A configuration with nothing left open: defaults filled in, paths absolute, units gone. */
import type { ProtocolVersion } from '@godwit/codec'
import type { BacklogPolicy, BrokerLimits, Capabilities, ShareStrategy } from '@godwit/broker'
import type { Keeping } from '../keeping.ts'
import type { LogFormat, LogLevel } from '../log-terms.ts'
import type {
  CertificateName,
  ClientCertificate,
  RatesInput,
  Read,
  RuleInput,
  ServerNameInput,
  TlsVersion,
} from './input.ts'

/** All that the broker on the command line goes by. */
export interface Configuration {
  /** At least one; their names differ. */
  readonly listeners: readonly ListenerConfiguration[]
  /** For sessions of which nobody knows by which listener they came. */
  readonly authentication: AuthenticationConfiguration
  /** For the same. */
  readonly authorization: AuthorizationConfiguration
  readonly limits: BrokerLimits
  /** What differs from the rates of the broker. */
  readonly rates: RatesInput<Read>
  readonly capabilities: Partial<Capabilities>
  readonly backlogPolicy: BacklogPolicy
  readonly shareStrategy: ShareStrategy
  readonly keeping: Keeping
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly file?: string }
  readonly metrics?: { readonly url: string }
  readonly admin?: AdminConfiguration
  readonly tracing?: { readonly otlpUrl: string; readonly sampleRatio: number }
  /** 0 for never. */
  readonly sys: { readonly everySeconds: number }
  readonly stop: StopConfiguration
}

/** Where clients come from, how they get in, and what they may do. */
export interface ListenerConfiguration {
  readonly name: string
  /** With its port; `mqtt+unix:` with an absolute path. */
  readonly url: string
  /** There for `mqtts:` and `wss:`, and only for them. */
  readonly tls?: TlsConfiguration
  /** All where left out. */
  readonly versions?: readonly ProtocolVersion[]
  readonly authentication: AuthenticationConfiguration
  readonly authorization: AuthorizationConfiguration
  /** The web pages that may connect; all where left out. */
  readonly origins?: readonly string[]
  readonly trustedProxies?: readonly string[]
  readonly proxyProtocol?: { readonly from: readonly string[] }
  readonly limits: Partial<BrokerLimits>
  readonly capabilities: Partial<Capabilities>
  readonly connectionsMax?: number
  /** The bits of `chmod`; for `mqtt+unix:`. */
  readonly mode?: number
}

/** How a listener is encrypted. Paths are absolute. */
export interface TlsConfiguration {
  readonly certificate: string
  readonly key: string
  readonly passphraseFile?: string
  readonly clientCa?: string
  readonly clientCertificate: ClientCertificate
  readonly revocations?: string
  readonly minVersion: TlsVersion
  readonly serverNames: readonly ServerNameInput[]
}

/** How clients get in. */
export interface AuthenticationConfiguration {
  readonly anonymous: boolean
  readonly passwordFile?: string
  readonly scramFile?: string
  readonly jwt?: JwtConfiguration
  readonly certificate?: { readonly username: CertificateName }
  readonly http?: HttpHookConfiguration
}

/** How JSON Web Tokens are verified; one of the first five is there. */
export interface JwtConfiguration {
  readonly secret?: string
  readonly secretFile?: string
  readonly publicKeyFile?: string
  readonly jwksUrl?: string
  readonly jwksFile?: string
  readonly issuer?: readonly string[]
  readonly audience?: readonly string[]
  readonly algorithms?: readonly string[]
  readonly from: 'password' | 'username'
  readonly usernameClaim: string
  readonly clientIdClaim?: string
  readonly aclClaim?: string
}

/** A service that is asked about clients. */
interface HttpHookConfiguration {
  readonly url: string
  readonly timeoutMs: number
}

/** What clients may do; everything where there is neither a file, a rule nor a service. */
export interface AuthorizationConfiguration {
  readonly aclFile?: string
  readonly rules: readonly RuleInput[]
  readonly http?: HttpHookConfiguration & { readonly cacheSeconds: number }
  readonly otherwise: 'allow' | 'deny'
}

/** The HTTP API for administration; `tokens` has one at least, or `tokenFile` is there. */
export interface AdminConfiguration {
  readonly url: string
  readonly tokens: readonly string[]
  readonly tokenFile?: string
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}

/** How the broker ends. */
export interface StopConfiguration {
  readonly reason: 'shutting-down' | 'use-another-server'
  readonly serverReference?: string
  readonly timeoutMs: number
}
