/** The directives of Mosquitto that mean something here, each with what it does to a draft. */
import type { Draft, Said } from './draft.ts'
import { LISTENER_DIRECTIVES } from './listener-directives.ts'
import type { Directive, Line } from './line.ts'
import { LOG_DIRECTIVES } from './log-directives.ts'
import { flagIn, numberIn, positiveIn, secondsIn, textIn, unlimitedIn } from './values.ts'

/** What means something, by name. */
export const USED: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ...LISTENER_DIRECTIVES,
  ...LOG_DIRECTIVES,
  ['per_listener_settings', { repeats: 'never', apply: perListenerSettings }],
  ['allow_anonymous', ofAccess((to, line) => (to.access.anonymous = flagOf(line)))],
  ['password_file', ofAccess((to, line) => (to.access.passwordFile = textOf(line)))],
  ['acl_file', ofAccess((to, line) => (to.access.aclFile = textOf(line)))],
  [
    'max_inflight_messages',
    general(['limits.inFlightMax', 'limits.inFlightMaxV3'], (value) => unlimitedIn(value, 65_535)),
  ],
  ['max_keepalive', general(['limits.keepAliveSecondsMax'], (value) => numberIn(value, 1, 65_535))],
  [
    'max_packet_size',
    general(['limits.packetBytesMax'], (value) => numberIn(value, 20, 268_435_460)),
  ],
  ['message_size_limit', { repeats: 'never', apply: messageSizeLimit }],
  [
    'max_queued_messages',
    general(['limits.backlogMessagesMax', 'limits.storedBacklogMessagesMax'], (value) =>
      unlimitedIn(value, 2_147_483_647),
    ),
  ],
  [
    'max_queued_bytes',
    general(['limits.backlogBytesMax', 'limits.storedBacklogBytesMax'], (value) =>
      unlimitedIn(value, Number.MAX_SAFE_INTEGER),
    ),
  ],
  ['persistent_client_expiration', general(['limits.sessionExpirySecondsMax'], secondsIn)],
  ['global_max_connections', general(['limits.connectionsMax'], positiveIn)],
  ['global_max_clients', general(['limits.sessionsMax'], positiveIn)],
  ['retain_available', general(['capabilities.retainAvailable'], flagIn)],
  ['sys_interval', general(['sys.everySeconds'], (value) => numberIn(value, 0, 65_535))],
  ['persistence', { repeats: 'never', apply: (to, line) => (to.persistence = flagOf(line)) }],
  [
    'retained_persistence',
    { repeats: 'never', apply: (to, line) => (to.persistence = flagOf(line)) },
  ],
  [
    'persistence_file',
    { repeats: 'never', apply: (to, line) => (to.persistenceFile = textOf(line)) },
  ],
  [
    'persistence_location',
    { repeats: 'never', apply: (to, line) => (to.persistenceLocation = textOf(line)) },
  ],
])

function flagOf({ place, value }: Line): Said<boolean> {
  return { place, value: flagIn(value) }
}

function textOf({ place, value }: Line): Said<string> {
  return { place, value: textIn(value) }
}

/** About the whole broker, or about a listener with per_listener_settings. */
function ofAccess(apply: (draft: Draft, line: Line) => void): Directive {
  return { repeats: 'access', apply }
}

function general(
  paths: readonly string[],
  read: (value: string) => number | boolean | undefined,
): Directive {
  return {
    repeats: 'never',
    apply: (draft, { place, directive, value }) => {
      const meant = read(value)
      if (meant === undefined) {
        draft.notice(place, directive, 'is no limit, and the usual one holds here')
        return
      }
      for (const path of paths) draft.settings.set(path, { place, value: meant })
    },
  }
}

function perListenerSettings(draft: Draft, { place, directive, value }: Line): void {
  draft.perListener = flagIn(value)
  const { anonymous, passwordFile, aclFile } = draft.security
  if (!draft.perListener || (anonymous ?? passwordFile ?? aclFile) === undefined) return
  draft.fault(place, directive, 'has to stand before the first line about who may come in')
}

/** What a message has beside its payload is bounded too. */
function messageSizeLimit(draft: Draft, { place, directive, value }: Line): void {
  const payloadBytes = unlimitedIn(value, 268_435_455)
  if (payloadBytes === undefined || payloadBytes === 268_435_455) {
    draft.notice(place, directive, 'is no limit, and the usual one holds here')
    return
  }
  const bytes = payloadBytes + HEAD_BYTES_MAX
  draft.settings.set('limits.packetBytesMax', { place, value: bytes })
  const what = `is about whole packets here, which may have ${bytes} bytes`
  draft.notice(place, directive, `${what}: a topic and properties come to the payload`)
}

/** A topic of 4,096 characters, its properties, and the rest of the header. */
const HEAD_BYTES_MAX = 32 * 1024
