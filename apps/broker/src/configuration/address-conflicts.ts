/** Finds what is to listen where something else does. */
import { isLocal } from './addresses.ts'
import type { Fault } from './fault.ts'
import type { ConfigurationInput, Read } from './input.ts'
import { pathText } from './wording.ts'
import type { Path } from './wording.ts'

interface Place {
  readonly path: Path
  readonly url: string
}

/** A fault for each place that is taken by one before it. */
export function addressFaults(configuration: ConfigurationInput<Read>): readonly Fault[] {
  const places = placesOf(configuration)
  return places.flatMap(({ path, url }, index) => {
    const first = places.slice(0, index).find((other) => areOne(other.url, url))
    if (first === undefined) return []
    const how = first.url === url ? '' : `, which is ${first.url}`
    const message = `is ${url}, where ${pathText(first.path)} listens already${how}`
    return [{ path, message }]
  })
}

function placesOf({ listeners = [], metrics, admin }: ConfigurationInput<Read>): readonly Place[] {
  const services: readonly (readonly [string, string | undefined])[] = [
    ['metrics', metrics?.url],
    ['admin', admin?.url],
  ]
  return [
    ...listeners.map(({ url }, index) => ({ path: ['listeners', index, 'url'], url })),
    ...services.flatMap(([name, url]) => (url === undefined ? [] : [{ path: [name, 'url'], url }])),
  ]
}

/** All addresses of a machine hold each of them; a port of 0 is another one each time. */
function areOne(a: string, b: string): boolean {
  if (a.startsWith('mqtt+unix:') || b.startsWith('mqtt+unix:')) return a === b
  const [one, other] = [URL.parse(a), URL.parse(b)]
  if (one === null || other === null) return false
  if (portOf(one) !== portOf(other) || portOf(one) === '0') return false
  const hosts = [one.hostname, other.hostname]
  if (hosts[0] === hosts[1] || hosts.includes('[::]')) return true
  if (hosts.includes('0.0.0.0')) return !hosts.some((host) => host.startsWith('['))
  return hosts.includes('localhost') && isLocal(a) && isLocal(b)
}

function portOf({ port, protocol }: URL): string {
  return port === '' && protocol === 'http:' ? '80' : port
}
