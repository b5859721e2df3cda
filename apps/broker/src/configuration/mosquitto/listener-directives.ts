/** The directives about a listener: those that begin one, and those that stand behind it. */
import { newListener } from './draft.ts'
import type { Draft, DraftListener, Said } from './draft.ts'
import type { Directive, Line } from './line.ts'
import { flagIn, numberIn, oneOf, positiveIn, textIn, ValueFault } from './values.ts'

/** By name. */
export const LISTENER_DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['listener', { repeats: 'all', apply: listener }],
  ['port', ofStandard((to, { value }) => (to.port = numberIn(value, 1, 65_535)))],
  ['bind_address', ofStandard((to, { value }) => (to.host = textIn(value)))],
  ['protocol', ofListener(protocol)],
  ['socket_domain', ofListener((to, line) => (to.domain = said(line, domainIn(line.value))))],
  ['max_connections', ofListener(connectionsMax)],
  ['accept_protocol_versions', ofListener((to, line) => (to.versions = versionsOf(line)))],
  ['certfile', ofListener((to, line) => (to.certificate = textOf(line)))],
  ['keyfile', ofListener((to, line) => (to.key = textOf(line)))],
  ['cafile', ofListener((to, line) => (to.clientCa = textOf(line)))],
  ['capath', ofListener((to, line) => (to.clientCaDirectory = textOf(line)))],
  ['crlfile', ofListener((to, line) => (to.revocations = textOf(line)))],
  ['require_certificate', ofListener((to, line) => (to.certificateRequired = flagOf(line)))],
  ['use_identity_as_username', ofListener((to, line) => (to.certificateNames = flagOf(line)))],
  ['tls_version', ofListener(tlsVersion)],
  ['websockets_origin', { repeats: 'all', apply: origin }],
  ['listener_allow_anonymous', ofListener((to, line) => (to.anonymous = flagOf(line)))],
  ['max_qos', setting('capabilities.maximumQoS', 0, 2)],
  ['maximum_qos', setting('capabilities.maximumQoS', 0, 2)],
  ['max_topic_alias', setting('limits.topicAliasMaximum', 1, 65_535)],
  ['max_topic_alias_broker', setting('limits.topicAliasOutboundMax', 1, 65_535)],
])

function ofListener(apply: (to: DraftListener, line: Line, draft: Draft) => void): Directive {
  return {
    repeats: 'listener',
    apply: (draft, line) => {
      if (draft.listeners.length === 0) noteEarly(draft, line)
      apply(draft.listener, line, draft)
    },
  }
}

/**
 * Mosquitto 2.0.11 opens its default listener for a line that makes it differ from what it is by
 * itself, which was measured for each.
 */
function noteEarly(draft: Draft, { place, directive, value }: Line): void {
  const opens = !NEVER_OPEN.has(directive) && !BY_ITSELF.has(value)
  draft.early.push({ place, directive, opens })
}

const NEVER_OPEN: ReadonlySet<string> = new Set([
  'accept_protocol_versions',
  'listener_allow_anonymous',
  'max_topic_alias',
  'max_topic_alias_broker',
  'tls_version',
  'websockets_origin',
])

/** The values of `protocol`, `max_connections`, `max_qos` and of flags that are so in any case. */
const BY_ITSELF: ReadonlySet<string> = new Set(['mqtt', '-1', '2', 'false'])

/** The listener that has no line of its own. */
function ofStandard(apply: (to: DraftListener, line: Line) => void): Directive {
  return {
    repeats: 'never',
    apply: (draft, line) => {
      apply(draft.standard, line)
      if (draft.standard.place === undefined) draft.early.push({ ...line, opens: true })
      draft.standard.place ??= line.place
    },
  }
}

function setting(path: string, least: number, most: number): Directive {
  return ofListener((to, line) => {
    to.settings.set(path, said(line, numberIn(line.value, least, most)))
  })
}

function said<T>({ place }: Line, value: T): Said<T> {
  return { value, place }
}

function flagOf(line: Line): Said<boolean> {
  return said(line, flagIn(line.value))
}

function textOf(line: Line): Said<string> {
  return said(line, textIn(line.value))
}

function domainIn(value: string): 'ipv4' | 'ipv6' {
  return oneOf(value, ['ipv4', 'ipv6'])
}

/** `listener 1883`, `listener 1883 ADDRESS`, or `listener 0 PATH`. */
function listener(draft: Draft, { place, value }: Line): void {
  const [digits = '', where = ''] = value.split(/ +/)
  const port = numberIn(digits, 0, 65_535)
  const address = where.startsWith('#') ? '' : where
  if (port === 0 && address === '') {
    throw new ValueFault('has the port 0, and needs the path of a unix socket behind it')
  }
  draft.listeners.push({
    ...newListener(),
    place,
    ...(port === 0 ? { socketPath: address } : { port }),
    ...(port !== 0 && address !== '' && { host: address }),
  })
}

function protocol(to: DraftListener, line: Line): void {
  const name = oneOf(line.value, ['mqtt', 'websockets', 'http_api'])
  if (name === 'http_api') {
    throw new ValueFault('http_api is not there: administration has an API of its own')
  }
  to.protocol = said(line, name)
}

function connectionsMax(to: DraftListener, line: Line, draft: Draft): void {
  const most = positiveIn(line.value)
  if (most !== undefined) to.connectionsMax = said(line, most)
  else draft.notice(line.place, line.directive, 'is no limit, and that holds here')
}

const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['3', '3.1'],
  ['4', '3.1.1'],
  ['5', '5.0'],
])

function versionsOf(line: Line): Said<readonly string[]> {
  const words = line.value.split(/ *, */)
  return said(
    line,
    words.map((word) => VERSIONS.get(oneOf(word, ['3', '4', '5'])) ?? word),
  )
}

function tlsVersion(to: DraftListener, line: Line, draft: Draft): void {
  const oldest = oneOf(line.value, ['tlsv1.3', 'tlsv1.2', 'tlsv1.1', 'tlsv1'])
  if (oldest === 'tlsv1.3') to.minVersion = said(line, 'TLSv1.3')
  else if (oldest === 'tlsv1.2') to.minVersion = said(line, 'TLSv1.2')
  else draft.notice(line.place, line.directive, `${oldest} is ignored: the oldest is TLS 1.2`)
}

function origin(draft: Draft, line: Line): void {
  if (draft.listeners.length === 0) noteEarly(draft, line)
  draft.listener.origins.push(textOf(line))
}
