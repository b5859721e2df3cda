/** The URL of the server, from the flags that name it in one piece or in parts. */
import { resolve } from 'node:path'
import type { ConnectionFlags } from '../flags/connection-flag-values.ts'
import { misuse } from '../exit.ts'
import { nearMiss } from '../configuration/near-miss.ts'

const SCHEMES = ['mqtt:', 'mqtts:', 'ws:', 'wss:', 'mqtt+unix:'] as const
const TLS_PORT = 8883

/** Where the flags say that the server is: at `localhost` if they say nothing. */
export function serverUrl(flags: ConnectionFlags): URL {
  const { unix, host, port } = flags
  if (unix !== undefined) {
    if (host !== undefined || port !== undefined) {
      throw misuse('--unix is instead of a host and a port', 'leave out --host and --port')
    }
    return new URL(
      `mqtt+unix://${encodeURI(resolve(unix)).replaceAll(/[?#]/g, encodeURIComponent)}`,
    )
  }
  const url = parsed(flags.url ?? `mqtt://${inUrl(host ?? 'localhost')}`)
  if (flags.url !== undefined && host !== undefined) url.hostname = inUrl(host)
  if (port !== undefined) url.port = String(port)
  if (wantsTls(flags, url)) url.protocol = url.protocol === 'ws:' ? 'wss:' : 'mqtts:'
  return url
}

/** The topic in a URL of mqtt or mqtts, as it stands there; `undefined` if there is none. */
export function topicOf({ protocol, pathname }: URL): string | undefined {
  if (protocol !== 'mqtt:' && protocol !== 'mqtts:') return undefined
  const topic = pathname.slice(1)
  return topic === '' ? undefined : decoded(topic)
}

/** A `#` in the topic of a URL needs no quoting there: mosquitto's programs know no fragments. */
function parsed(text: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase()
  const known = SCHEMES.find((candidate) => candidate === scheme)
  if (known === undefined) throw misuse(schemeFault(scheme), schemeAdvice(scheme))
  const escaped = known.startsWith('ws') ? text : text.replaceAll('#', '%23').replaceAll('?', '%3F')
  try {
    return new URL(escaped)
  } catch (cause) {
    // The URL may hold a password, so it is not repeated.
    const reason = 'the URL of the server cannot be read'
    throw Object.assign(misuse(reason, `write ${known}//host:port`), { cause })
  }
}

function schemeFault(scheme: string | undefined): string {
  return scheme === undefined
    ? 'the URL of the server begins with no scheme'
    : `there is no way to connect by ${scheme}//`
}

function schemeAdvice(scheme: string | undefined): string {
  const meant = scheme === undefined ? undefined : nearMiss(scheme, SCHEMES)
  if (meant !== undefined) return `did you mean ${meant}//?`
  return `write one of ${SCHEMES.map((each) => `${each}//`).join(', ')}`
}

/** What turns TLS on in mosquitto's programs: authorities, a pre-shared key, the port of TLS. */
function wantsTls(flags: ConnectionFlags, { protocol, port }: URL): boolean {
  if (protocol !== 'mqtt:' && protocol !== 'ws:') return false
  const { caFile, caDir, systemCa, cert, psk } = flags
  const asked = [caFile, caDir, cert, psk].some((flag) => flag !== undefined) || systemCa === true
  return asked || (protocol === 'mqtt:' && port === String(TLS_PORT))
}

function inUrl(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '' || /[\s/@?#]/.test(bare)) {
    throw misuse('--host is a name or an address', 'use --url for a URL')
  }
  return bare.includes(':') ? `[${bare}]` : bare
}

function decoded(topic: string): string {
  try {
    return decodeURIComponent(topic)
  } catch {
    return topic
  }
}
