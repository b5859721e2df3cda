/** What an operator must know at a glance: what listens where, who may come, what is kept. */
import type { Configuration, ListenerConfiguration } from './configuration/configuration.ts'
import { waysIn } from './configuration/exposure.ts'
import type { Sources } from './configuration/loading.ts'
import type { Keeping } from './keeping.ts'
import { version } from './version.ts'

/** A place and its name, such as `metrics` and its URL. */
export type Place = readonly [name: string, url: string]

/** What opens a broker further, and what closes it: where its configuration comes from. */
export interface Advice {
  readonly more: string
  readonly less: string
}

/** The change that is to be made where the operator has said what there is. */
export function adviceFor({ file, env, flags }: Pick<Sources, 'file' | 'env' | 'flags'>): Advice {
  if (flags.dev === true) return { more: FLAGS.more, less: 'a start without --dev closes it' }
  const path = file ?? flags.config ?? env['GODWIT_BROKER_CONFIG'] ?? ''
  return path === '' ? FLAGS : path.endsWith('.conf') ? MOSQUITTO : FILE
}

const FLAGS: Advice = {
  more: '--host 0.0.0.0 --password-file FILE opens more',
  less: '--password-file FILE in place of anonymous closes it',
}

const FILE: Advice = {
  more: 'a url such as mqtt://0.0.0.0:1883 with authentication.passwordFile opens more',
  less: 'authentication.passwordFile in place of anonymous: true closes it',
}

const MOSQUITTO: Advice = {
  more: 'listener 1883 with password_file opens more',
  less: 'allow_anonymous false with password_file closes it',
}

/** The banner, with a line break at its end. `urls` are those of the listeners by their names. */
export function banner(
  urls: ReadonlyMap<string, string>,
  configuration: Configuration,
  places: readonly Place[],
  advice: Advice = FLAGS,
): string {
  const listeners = configuration.listeners.map((listener) => ({
    listener,
    url: urls.get(listener.name) ?? listener.url,
  }))
  return [
    `Godwit ${version}, an MQTT 3.1, 3.1.1 and 5.0 broker`,
    ...named('listens', [listeners.map(({ url }) => url).join(', ')]),
    ...named('open to', openTo(listeners, advice)),
    ...named('durable', [durable(configuration.keeping)]),
    ...places.flatMap(([name, url]) => named(name, [url])),
    '',
  ].join('\n')
}

/** A name, and what belongs to it, in lines. */
function named(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(9)} ${line}`)
}

interface Listening {
  readonly listener: ListenerConfiguration
  readonly url: string
}

/** One line for all listeners that are open to the same people. */
function openTo(listeners: readonly Listening[], advice: Advice): readonly string[] {
  // Any page may open a WebSocket to any address that its browser reaches.
  const programs = listeners.some(({ url }) => /^wss?:/.test(url))
    ? 'program and web page'
    : 'program'
  const byWords = new Map<string, Listening[]>()
  for (const one of listeners) {
    const words = guestsOf(one, programs, advice)
    byWords.set(words, [...(byWords.get(words) ?? []), one])
  }
  return [...byWords].map(([words, those]) => {
    const where = byWords.size === 1 ? '' : `${those.map(({ url }) => url).join(', ')}: `
    return `${where}${words}`
  })
}

/** Judged by what is bound in truth: a name may stand for any address. */
function guestsOf({ listener, url }: Listening, programs: string, advice: Advice): string {
  const { authentication, tls } = listener
  const ways = waysIn(authentication, tls)
  const near = isNear(url)
  if (!authentication.anonymous) {
    if (ways.length === 0) return 'nobody: no way to log in is configured'
    return `${near ? `every ${programs} on this machine` : 'everybody'} with ${either(ways)}`
  }
  const also = ways.length === 0 ? '' : `, or with ${either(ways)}`
  return near
    ? `every ${programs} on this machine, without a password${also}; ${advice.more}`
    : `EVERYONE who can reach this machine, without a password${also}; ${advice.less}`
}

function either(ways: readonly string[]): string {
  return ways.length < 2 ? ways.join('') : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1) ?? ''}`
}

function isNear(url: string): boolean {
  if (url.startsWith('mqtt+unix:')) return true
  const { hostname } = new URL(url)
  return hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function durable(keeping: Keeping): string {
  if (keeping.durability === 'memory') {
    return 'memory: nothing; sessions and retained messages end with the process'
  }
  const { durability, directory } = keeping
  return `${durability}: ${ACKNOWLEDGED[durability]}, in ${directory}`
}

const ACKNOWLEDGED = {
  fsync: 'acknowledged means on disk',
  os: 'acknowledged outlives the process, but not a power cut',
} as const
