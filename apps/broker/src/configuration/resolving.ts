/** Fills in what a configuration left out. */
import { DEFAULT_LIMITS } from '@godwit/broker'
import { basename } from 'node:path'
import { defaultDataDirectory } from '../data-directory.ts'
import type { Keeping } from '../keeping.ts'
import type {
  AdminConfiguration,
  AuthenticationConfiguration,
  AuthorizationConfiguration,
  Configuration,
  ListenerConfiguration,
  TlsConfiguration,
} from './configuration.ts'
import { exposureOf, letsAnonymousIn } from './exposure.ts'
import type {
  AdminInput,
  AuthenticationInput,
  AuthorizationInput,
  ConfigurationInput,
  ListenerInput,
  Read,
  TlsInput,
} from './input.ts'

/** @throws {Error} if nobody says where to keep data, and the user has no folder for it. */
export function resolved(input: ConfigurationInput<Read>): Configuration {
  const { metrics, admin, tracing, limits, log, sys } = input
  const ending = { reason: 'shutting-down', timeoutMs: 3000, ...input.stop } as const
  return {
    listeners: listenersOf(input),
    authentication: authenticationOf(
      input.authentication,
      input.authentication?.anonymous ?? false,
    ),
    authorization: authorizationOf(input.authorization),
    limits: { ...DEFAULT_LIMITS, ...limits, closeTimeoutMs: ending.timeoutMs },
    rates: input.rates ?? {},
    capabilities: input.capabilities ?? {},
    backlogPolicy: input.backlogPolicy ?? 'drop-oldest',
    shareStrategy: input.shareStrategy ?? 'round-robin',
    keeping: keepingOf(input),
    log: { level: 'info', format: 'auto', ...log },
    ...(metrics?.url !== undefined && { metrics: { url: metrics.url } }),
    ...adminOf(admin),
    ...(tracing?.otlpUrl !== undefined && {
      tracing: { otlpUrl: tracing.otlpUrl, sampleRatio: tracing.sampleRatio ?? 0.01 },
    }),
    sys: { everySeconds: sys?.everySeconds ?? 10 },
    stop: ending,
  }
}

const USUAL_LISTENER: ListenerInput<Read> = { url: 'mqtt://127.0.0.1:1883' }

function listenersOf(input: ConfigurationInput<Read>): readonly ListenerConfiguration[] {
  const taken = new Set<string>()
  const listeners = input.listeners ?? [USUAL_LISTENER]
  for (const { name } of listeners) if (name !== undefined) taken.add(name)
  return listeners.map((listener) => {
    const name = listener.name ?? freeName(nameOf(listener.url), taken)
    return { ...listenerOf(listener, input), name }
  })
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`
  taken.add(name)
  return name
}

function nameOf(url: string): string {
  if (url.startsWith('mqtt+unix:')) return `unix-${basename(url)}`
  const { protocol = '', port = '' } = URL.parse(url) ?? {}
  return protocol.replace(':', `-${port === '' ? '80' : port}`)
}

function listenerOf(
  listener: ListenerInput<Read>,
  { authentication, authorization }: ConfigurationInput<Read>,
): Omit<ListenerConfiguration, 'name'> {
  const { url, versions, origins, trustedProxies, proxyProtocol, connectionsMax, mode } = listener
  const anonymous = letsAnonymousIn(exposureOf(listener, authentication))
  return {
    url,
    ...tlsOf(listener.tls),
    ...(versions !== undefined && { versions }),
    authentication: authenticationOf(listener.authentication ?? authentication, anonymous),
    authorization: authorizationOf(listener.authorization ?? authorization),
    ...(origins !== undefined && { origins }),
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(proxyProtocol !== undefined && { proxyProtocol }),
    limits: listener.limits ?? {},
    capabilities: listener.capabilities ?? {},
    ...(connectionsMax !== undefined && { connectionsMax }),
    ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
  }
}

function tlsOf(tls: TlsInput | undefined): { readonly tls?: TlsConfiguration } {
  const { certificate, key, ...rest } = tls ?? {}
  if (certificate === undefined || key === undefined) return {}
  const asks = rest.clientCa === undefined ? 'none' : 'require'
  const usual = { clientCertificate: asks, minVersion: 'TLSv1.2', serverNames: [] } as const
  return { tls: { certificate, key, ...usual, ...rest } }
}

function authenticationOf(
  given: AuthenticationInput<Read> | undefined,
  anonymous: boolean,
): AuthenticationConfiguration {
  const { jwt, certificate, http, ...rest } = given ?? {}
  return {
    ...rest,
    anonymous,
    ...(jwt !== undefined && { jwt: { usernameClaim: 'sub', from: 'password', ...jwt } }),
    ...(certificate !== undefined && { certificate: { username: 'cn', ...certificate } }),
    ...(http?.url !== undefined && {
      http: { timeoutMs: 5000, ...http, url: http.url },
    }),
  }
}

function authorizationOf(given: AuthorizationInput<Read> | undefined): AuthorizationConfiguration {
  const { http, ...rest } = given ?? {}
  return {
    rules: [],
    otherwise: 'deny',
    ...rest,
    ...(http?.url !== undefined && {
      http: { timeoutMs: 5000, cacheSeconds: 10, ...http, url: http.url },
    }),
  }
}

function adminOf(given: AdminInput | undefined): { readonly admin?: AdminConfiguration } {
  if (given?.url === undefined) return {}
  return { admin: { tokens: [], hosts: [], origins: [], ...given, url: given.url } }
}

function keepingOf({ durability = 'fsync', data }: ConfigurationInput<Read>): Keeping {
  if (durability === 'memory') return { durability }
  return { durability, directory: data ?? defaultDataDirectory() }
}
