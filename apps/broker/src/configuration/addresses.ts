/** Values that say where something is: URLs, addresses, names of pages. */
import { isIP } from 'node:net'
import { leaf } from './structure.ts'
import type { SchemaOf } from './structure.ts'
import { clean, nearMiss } from './wording.ts'

/** The schemes that a listener may have, each with its usual port. */
const LISTENER_PORTS: ReadonlyMap<string, number> = new Map([
  ['mqtt', 1883],
  ['mqtts', 8883],
  ['ws', 80],
  ['wss', 443],
])

/** The URL of a listener, complete: with its port, and one way to write a unix socket. */
export function listenerUrl(): SchemaOf<string> {
  return leaf({
    wanted:
      'a URL such as mqtt://127.0.0.1:1883, mqtts://0.0.0.0:8883, ws://0.0.0.0:8080, ' +
      'wss://0.0.0.0:443 or mqtt+unix:///run/godwit.sock',
    json: { type: 'string', pattern: '^(mqtts?|wss?)://[^/@]+(/[^@]*)?$|^(mqtt\\+)?unix:///.' },
    read: (input) => (typeof input === 'string' ? completeUrl(input) : undefined),
    hint: listenerHint,
  })
}

function completeUrl(written: string): string | undefined {
  const url = URL.parse(written)
  if (url === null || url.username !== '' || url.password !== '') return undefined
  if (url.search !== '' || url.hash !== '') return undefined
  const scheme = url.protocol.slice(0, -1)
  if (scheme === 'unix' || scheme === 'mqtt+unix') {
    const isPath = url.host === '' && url.pathname.length > 1
    return isPath ? `mqtt+unix://${url.pathname}` : undefined
  }
  const usual = LISTENER_PORTS.get(scheme)
  if (usual === undefined || url.hostname === '') return undefined
  const path = url.pathname === '/' ? '' : url.pathname
  const isWebSocket = scheme === 'ws' || scheme === 'wss'
  if (path !== '' && !isWebSocket) return undefined
  return `${scheme}://${url.hostname}:${url.port === '' ? usual : url.port}${path}`
}

function listenerHint(input: unknown): string {
  if (typeof input !== 'string') return ''
  const [, scheme] = /^([a-z+]+):\/\//i.exec(input) ?? []
  if (scheme === undefined) return ': write what it speaks in front, such as mqtt://'
  const known = [...LISTENER_PORTS.keys(), 'mqtt+unix', 'unix']
  if (!known.includes(scheme.toLowerCase())) {
    const other = OTHER_SCHEMES.get(scheme.toLowerCase()) ?? nearMiss(scheme, known)
    return other === undefined ? '' : `: did you mean ${clean(other + input.slice(scheme.length))}?`
  }
  return /:\/\/[^/]*@/.test(input) ? ': who may log in is said under authentication' : ''
}

/** What others call them. */
const OTHER_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['tcp', 'mqtt'],
  ['ssl', 'mqtts'],
  ['tls', 'mqtts'],
  ['http', 'ws'],
  ['https', 'wss'],
])

/** The URL of a server of HTTP. */
export function httpUrl(schemes: readonly ('http' | 'https')[], example: string): SchemaOf<string> {
  return leaf({
    wanted: `a URL such as ${example}`,
    json: { type: 'string', pattern: `^(${schemes.join('|')})://.` },
    read: (input) => {
      const url = typeof input === 'string' ? URL.parse(input) : null
      const isOne = url !== null && schemes.some((scheme) => `${scheme}:` === url.protocol)
      return isOne && typeof input === 'string' ? input : undefined
    },
  })
}

/** The origin of a web page, as browsers say it. */
export function origin(): SchemaOf<string> {
  return leaf({
    wanted: 'the origin of a page such as https://app.example, without a path',
    json: { type: 'string', pattern: '^[a-z][a-z0-9+.-]*://[^/]+$' },
    read: (input) => {
      const url = typeof input === 'string' ? URL.parse(input) : null
      return url !== null && typeof input === 'string' && isOrigin(url, input) ? input : undefined
    },
    hint: (input) => {
      const url = typeof input === 'string' ? URL.parse(input) : null
      return url === null || url.origin === 'null' ? '' : `: did you mean ${url.origin}?`
    },
  })
}

function isOrigin(url: URL, written: string): boolean {
  if (url.origin !== 'null') return url.origin === written
  // Browsers' extensions have origins that the class of URLs does not know.
  return url.host !== '' && written === `${url.protocol}//${url.host}`
}

/** An address, or a range of them. */
export function addressRange(): SchemaOf<string> {
  return leaf({
    wanted: 'an address or a range of addresses such as 10.0.0.0/8 or fd00::/8',
    json: { type: 'string', pattern: '^[0-9a-fA-F.:]+(/\\d{1,3})?$' },
    read: (input) => (typeof input === 'string' && isRange(input) ? input : undefined),
  })
}

function isRange(written: string): boolean {
  const [address = '', bits, ...rest] = written.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

/** Whether only this machine reaches what listens there. */
export function isLocal(url: string): boolean {
  if (url.startsWith('mqtt+unix:')) return true
  const host = URL.parse(url)?.hostname ?? ''
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
