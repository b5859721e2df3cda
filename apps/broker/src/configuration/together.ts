/** What the parts of a configuration mean together: what contradicts, is missing, or is open. */
import { addressFaults } from './address-conflicts.ts'
import { exposureOf, letsAnonymousIn } from './exposure.ts'
import type { Fault } from './fault.ts'
import type {
  AuthenticationInput,
  ConfigurationInput,
  HttpHookInput,
  ListenerInput,
  Read,
} from './input.ts'
import { layerOf, valueAt } from './layer.ts'
import type { Layer } from './layer.ts'
import type { Path } from './wording.ts'

/** A configuration that was read, without defaults. */
export type ReadConfiguration = ConfigurationInput<Read>

/** Everything that is wrong with values that are right each for itself. */
export function faultsTogether(
  configuration: ReadConfiguration,
  layers: readonly Layer[],
): readonly Fault[] {
  return [
    ...listenerFaults(configuration),
    ...addressFaults(configuration),
    ...accessFaults(configuration),
    ...openingFaults(configuration, layers),
    ...serviceFaults(configuration),
    ...keepingFaults(configuration, layers),
  ]
}

function listenerFaults({ listeners }: ReadConfiguration): readonly Fault[] {
  if (listeners === undefined) return []
  if (listeners.length === 0) {
    return [{ path: ['listeners'], message: 'is an empty list, and nobody could connect' }]
  }
  return listeners.flatMap(({ name }, index) => {
    const first = listeners.findIndex((other) => other.name === name)
    if (name === undefined || first === index) return []
    const message = `is "${name}", as listeners[${first}] is called: each needs a name of its own`
    return [{ path: ['listeners', index, 'name'], message }]
  })
}

function accessFaults({
  authentication,
  authorization,
  listeners = [],
}: ReadConfiguration): readonly Fault[] {
  return [
    ...authenticationFaults(authentication, ['authentication']),
    ...hookFaults(authorization?.http, ['authorization']),
    ...certificateFaults(authentication, listeners),
    ...listeners.flatMap((listener, index) => {
      const path = ['listeners', index, 'authentication']
      const own = listener.authentication
      return [
        ...authenticationFaults(own, path),
        ...ownCertificateFaults(listener, path),
        ...hookFaults(listener.authorization?.http, ['listeners', index, 'authorization']),
      ]
    }),
  ]
}

function authenticationFaults(
  given: AuthenticationInput<Read> | undefined,
  path: Path,
): readonly Fault[] {
  const { jwt, http } = given ?? {}
  const faults: Fault[] = []
  if (jwt !== undefined && !KEYS.some((key) => jwt[key] !== undefined)) {
    const message = `says nothing that tokens are verified with: it needs ${KEYS.join(', ')}`
    faults.push({ path: [...path, 'jwt'], message: message.replace(/, (\w+)$/, ' or $1') })
  }
  return [...faults, ...hookFaults(http, path)]
}

function hookFaults(http: HttpHookInput<Read> | undefined, path: Path): readonly Fault[] {
  if (http === undefined || http.url !== undefined) return []
  return [{ path: [...path, 'http'], message: 'has no url, where the service is asked' }]
}

const KEYS = ['secret', 'secretFile', 'publicKeyFile', 'jwksUrl', 'jwksFile'] as const

function certificateFaults(
  authentication: AuthenticationInput<Read> | undefined,
  listeners: readonly ListenerInput<Read>[],
): readonly Fault[] {
  if (authentication?.certificate === undefined) return []
  if (listeners.some((listener) => listener.authentication === undefined && asks(listener)))
    return []
  const message = 'is for listeners with tls.clientCa, and there is none'
  return [{ path: ['authentication', 'certificate'], message }]
}

function ownCertificateFaults(listener: ListenerInput<Read>, path: Path): readonly Fault[] {
  if (listener.authentication?.certificate === undefined || asks(listener)) return []
  const message = 'needs tls.clientCa of this listener, to verify certificates by'
  return [{ path: [...path, 'certificate'], message }]
}

function asks({ tls }: ListenerInput<Read>): boolean {
  return tls?.clientCa !== undefined && tls.clientCertificate !== 'none'
}

function openingFaults(
  { listeners = [], authentication }: ReadConfiguration,
  layers: readonly Layer[],
): readonly Fault[] {
  return listeners.flatMap((listener, index) => {
    const exposure = exposureOf(listener, authentication)
    const path = ['listeners', index]
    if (exposure.ways.length > 0 || letsAnonymousIn(exposure)) return []
    if (exposure.anonymous === false) {
      const message = `lets nobody in: ${waysAdvice(layers, path)}`
      return [{ path, message }]
    }
    const message =
      `is open to everybody who reaches ${listener.url}, and nothing says that it may be: ` +
      openingAdvice(layers, path)
    return [{ path, message }]
  })
}

/** In the words of the place where the listener was said. */
function waysAdvice(layers: readonly Layer[], path: Path): string {
  const layer = layerOf(layers, path)
  if (layer?.dialect === 'mosquitto') {
    return (
      'there is no password_file, and allow_anonymous is false where it is not there: ' +
      'add password_file FILE, or allow_anonymous true if everybody may come in'
    )
  }
  const advice =
    layer?.type === 'flags'
      ? 'add --password-file FILE'
      : 'add authentication.passwordFile, or another way to log in'
  return `anonymous is false, and there is no way to log in: ${advice}`
}

function openingAdvice(layers: readonly Layer[], path: Path): string {
  return layerOf(layers, path)?.type === 'flags'
    ? 'add --password-file FILE, or --anonymous if it may'
    : 'add authentication.passwordFile (or another way to log in), ' +
        'or authentication.anonymous: true if it may'
}

function serviceFaults({ metrics, admin, tracing }: ReadConfiguration): readonly Fault[] {
  const faults: Fault[] = []
  const missing = (path: Path, example: string): void => {
    faults.push({ path, message: `is missing, and has to be a URL such as ${example}` })
  }
  if (metrics !== undefined && metrics.url === undefined) {
    missing(['metrics', 'url'], 'http://127.0.0.1:9090')
  }
  if (tracing !== undefined && tracing.otlpUrl === undefined) {
    missing(['tracing', 'otlpUrl'], 'http://127.0.0.1:4318')
  }
  if (admin === undefined) return faults
  if (admin.url === undefined) missing(['admin', 'url'], 'http://127.0.0.1:8081')
  if (admin.tokens === undefined && admin.tokenFile === undefined) {
    faults.push({ path: ['admin'], message: 'has no tokenFile, and nobody could administer' })
  }
  return faults
}

function keepingFaults(
  { durability, data }: ReadConfiguration,
  layers: readonly Layer[],
): readonly Fault[] {
  if (durability !== 'memory' || data === undefined) return []
  // Who says memory on the command line means it, whatever a file says of a directory.
  const saying = (key: string): number =>
    layers.findLastIndex(({ tree }) => valueAt(tree, [key]) !== undefined)
  if (saying('durability') > saying('data')) return []
  const message = 'contradicts durability: memory keeps nothing; leave it out, or say fsync or os'
  return [{ path: ['data'], message }]
}
