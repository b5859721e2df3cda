/** The schema of a listener. */
import type { ProtocolVersion } from '@godwit/codec'
import { authentication, authorization } from './access-schema.ts'
import { addressRange, listenerUrl, origin } from './addresses.ts'
import type { ListenerInput, Read, ServerNameInput, TlsInput } from './input.ts'
import { choice, flag, path, text, wholeNumber } from './leaves.ts'
import { capabilities, limits } from './limits-schema.ts'
import { group, leaf, list, optional, required, some } from './structure.ts'
import type { Complain, SchemaOf } from './structure.ts'

/** Where clients come from. */
export function listener(): SchemaOf<ListenerInput<Read>> {
  return group(
    {
      name: optional(text('a name'), 'For logs and figures; no two have the same', {
        fallback: 'made of the URL, such as mqtt-1883',
      }),
      url: required(listenerUrl(), 'What it speaks, and where: mqtt, mqtts, ws, wss, mqtt+unix'),
      tls: optional(tls(), 'How it is encrypted; for mqtts and wss'),
      versions: optional(some(version()), 'The versions of MQTT that it lets in', {
        fallback: 'all',
      }),
      anonymous: optional(flag(), 'In place of authentication.anonymous'),
      authentication: optional(authentication(), 'In place of the one for all listeners'),
      authorization: optional(authorization(), 'In place of the one for all listeners'),
      origins: optional(list(origin()), 'The web pages that may connect; for ws and wss', {
        fallback: 'all',
      }),
      trustedProxies: optional(
        some(addressRange()),
        'Proxies whose X-Forwarded-For is believed; for ws and wss',
        { fallback: 'none' },
      ),
      proxyProtocol: optional(
        group({ from: required(some(addressRange()), 'The proxies; nobody else may connect') }),
        'Whether connections begin with a header of the PROXY protocol, which says who it is',
      ),
      limits: optional(limits(), 'What differs from limits, for connections that come by it'),
      capabilities: optional(capabilities(), 'What differs from capabilities'),
      connectionsMax: optional(wholeNumber(1, 10_000_000), 'How many connections it has at most', {
        fallback: 'what there is room for',
      }),
      mode: optional(socketMode(), 'Who may connect to a unix socket, as digits of chmod', {
        fallback: '660',
      }),
    },
    checkListener,
  )
}

function tls(): SchemaOf<TlsInput> {
  return group(
    {
      certificate: optional(path('the path of a file'), 'Its certificate and chain, as PEM'),
      key: optional(path('the path of a file'), 'The private key of the certificate, as PEM'),
      passphraseFile: optional(
        path('the path of a file'),
        'A file with what the key is encrypted with',
      ),
      clientCa: optional(path('the path of a file'), 'Who signs the certificates of clients'),
      clientCertificate: optional(
        choice(['none', 'request', 'require']),
        'Whether clients are asked for a certificate, and whether they come in without',
        { fallback: 'require with clientCa, else none' },
      ),
      revocations: optional(path('the path of a file'), 'Which of them are revoked: a CRL, as PEM'),
      minVersion: optional(choice(['TLSv1.2', 'TLSv1.3']), 'The oldest version of TLS', {
        fallback: 'TLSv1.2',
      }),
      serverNames: optional(
        list(serverName()),
        'Other certificates, for clients that ask for these names',
      ),
    },
    checkTls,
  )
}

function serverName(): SchemaOf<ServerNameInput> {
  return group({
    name: required(text('a host name'), 'The name that clients ask for'),
    certificate: required(path('the path of a file'), 'Its certificate and chain, as PEM'),
    key: required(path('the path of a file'), 'The private key of the certificate, as PEM'),
    passphraseFile: optional(
      path('the path of a file'),
      'A file with what the key is encrypted with',
    ),
  })
}

function checkTls(values: TlsInput, complain: Complain): void {
  const { clientCa, clientCertificate, revocations, certificate, key } = values
  if (certificate === undefined) complain('certificate', 'is missing: the path of a file, as PEM')
  if (key === undefined) complain('key', 'is missing: the path of a file, as PEM')
  if (clientCa !== undefined) {
    if (clientCertificate !== 'none') return
    complain('clientCertificate', 'is "none", and contradicts clientCa: say request or require')
    return
  }
  if (clientCertificate !== undefined && clientCertificate !== 'none') {
    complain('clientCertificate', `is "${clientCertificate}", which needs clientCa to verify it by`)
  }
  if (revocations !== undefined) {
    complain('revocations', 'needs clientCa, who signs the certificates that are revoked')
  }
}

function checkListener(values: ListenerInput<Read>, complain: Complain): void {
  const { url, tls: terms, origins, trustedProxies, proxyProtocol, mode } = values
  const scheme = url.slice(0, url.indexOf(':'))
  if (terms === undefined && (scheme === 'mqtts' || scheme === 'wss')) {
    complain('tls', `is missing, with a certificate and a key: ${scheme} is encrypted`)
  }
  if (terms !== undefined && scheme !== 'mqtts' && scheme !== 'wss') {
    const meant = scheme === 'ws' ? 'wss' : 'mqtts'
    complain(
      'tls',
      `contradicts url, which is not encrypted: write ${meant}:// there, or take it away`,
    )
  }
  if (scheme !== 'ws' && scheme !== 'wss') {
    const why = `is for ws and wss, and url is ${scheme}`
    if (origins !== undefined) complain('origins', why)
    if (trustedProxies !== undefined) complain('trustedProxies', why)
  }
  if (proxyProtocol !== undefined && scheme === 'mqtt+unix') {
    complain('proxyProtocol', 'is for connections that come over a network, and url is mqtt+unix')
  }
  if (mode !== undefined && scheme !== 'mqtt+unix') {
    complain('mode', `is for unix sockets, and url is ${scheme}`)
  }
}

function socketMode(): SchemaOf<string> {
  return leaf({
    wanted: "three digits from 0 to 7 in quotes, such as '660'",
    json: { type: 'string', pattern: '^[0-7]{3}$' },
    read: (input) => (typeof input === 'string' && /^[0-7]{3}$/.test(input) ? input : undefined),
  })
}

/** YAML reads 5.0 and 3.1 as numbers, and both are meant well. */
function version(): SchemaOf<ProtocolVersion> {
  return leaf({
    wanted: "'3.1', '3.1.1' or '5.0'",
    json: { enum: ['3.1', '3.1.1', '5.0', '5', 3.1, 5] },
    form: 'text',
    read: (input) =>
      typeof input === 'string' || typeof input === 'number'
        ? VERSIONS.get(String(input))
        : undefined,
  })
}

const VERSIONS: ReadonlyMap<string, ProtocolVersion> = new Map([
  ['3.1', 3],
  ['3.1.1', 4],
  ['5.0', 5],
  ['5', 5],
])
