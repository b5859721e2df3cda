/** The directives about the log. It goes to stderr, and has levels in place of types. */
import type { LogLevel } from '../../log-terms.ts'
import type { Draft } from './draft.ts'
import type { Directive, Line } from './line.ts'
import { oneOf } from './values.ts'

/** By name. */
export const LOG_DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['log_dest', { repeats: 'all', apply: destination }],
  ['log_type', { repeats: 'all', apply: logType }],
])

const DESTINATIONS = [
  'none',
  'syslog',
  'stdout',
  'stderr',
  'topic',
  'file',
  'dlt',
  'android',
] as const

function destination(draft: Draft, { place, directive, value }: Line): void {
  const [first = ''] = value.split(' ', 1)
  const where = oneOf(first, DESTINATIONS)
  if (where === 'none') {
    draft.settings.set('log.level', { place, value: 'silent' })
  } else if (where === 'stderr') {
    draft.notice(place, directive, 'is stderr, and that holds here')
  } else {
    const advice = 'the log goes to stderr, and the service manager keeps it'
    draft.notice(place, directive, `${where} is ignored: ${advice}`)
  }
}

/** What each says at least; `undefined` for what has no level of its own. */
const LEVELS: ReadonlyMap<string, LogLevel | undefined> = new Map([
  ['none', 'silent'],
  ['error', 'error'],
  ['warning', 'warn'],
  ['notice', 'info'],
  ['information', 'info'],
  ['debug', 'debug'],
  ['all', 'debug'],
  ['subscribe', undefined],
  ['unsubscribe', undefined],
  ['websockets', undefined],
  ['internal', undefined],
])

const LOUDNESS = ['silent', 'error', 'warn', 'info', 'debug']

/** The loudest of several types counts. */
function logType(draft: Draft, { place, directive, value }: Line): void {
  const type = oneOf(value, [...LEVELS.keys()])
  const level = LEVELS.get(type)
  if (level === undefined) {
    draft.notice(place, directive, `${type} is ignored: it comes with log_type debug`)
    return
  }
  const before = draft.settings.get('log.level')
  const isLouder = LOUDNESS.indexOf(level) > LOUDNESS.indexOf(String(before?.value ?? 'silent'))
  if (before === undefined || isLouder) draft.settings.set('log.level', { place, value: level })
}
