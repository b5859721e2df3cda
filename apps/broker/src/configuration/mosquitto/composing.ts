/** From a draft to the tree that any other file of the same meaning would have. */
import { join } from 'node:path'
import { assigned } from '../text-value.ts'
import { pathText } from '../wording.ts'
import type { Path } from '../wording.ts'
import type { Draft, DraftListener, Said, Security } from './draft.ts'

/** A tree, and the line for each of its keys. */
export interface Composition {
  readonly tree: unknown
  readonly places: ReadonlyMap<string, string>
}

/** Composes the tree; what is noticed on the way goes to the draft. */
export function composed(draft: Draft, file: string): Composition {
  const composer = new Composer(draft, file)
  composer.compose()
  return composer
}

class Composer implements Composition {
  tree: unknown = {}
  readonly places = new Map<string, string>()
  readonly #draft: Draft
  readonly #file: string

  constructor(draft: Draft, file: string) {
    this.#draft = draft
    this.#file = file
  }

  compose(): void {
    const draft = this.#draft
    for (const [path, { value, place }] of draft.settings) this.#put(path.split('.'), value, place)
    this.#keeping()
    const listeners = this.#listeners()
    if (!draft.perListener) this.#security([], draft.security, listeners.length === 0)
    if (listeners.length === 0) this.#localOnly()
    listeners.forEach((listener, index) => this.#listener(['listeners', index], listener))
    if (!draft.settings.has('limits.packetBytesMax')) {
      const message =
        'packets may have 1 MiB here, and 256 MiB in Mosquitto: max_packet_size says more'
      draft.notice(this.#file, '', message)
    }
  }

  #put(path: Path, value: unknown, place: string): void {
    this.tree = assigned(this.tree, path, value)
    path.forEach((_, index) => {
      const key = pathText(path.slice(0, index + 1))
      if (!this.places.has(key) || index === path.length - 1) this.places.set(key, place)
    })
  }

  #say(path: Path, said: Said<unknown> | undefined): void {
    if (said !== undefined) this.#put(path, said.value, said.place)
  }

  /** The default one comes first, and is there if a line before the others makes it so. */
  #listeners(): readonly DraftListener[] {
    const { standard, listeners, early } = this.#draft
    const opening = early.find(({ opens }) => opens)
    if (opening === undefined) {
      for (const { place, directive } of early) {
        this.#draft.notice(place, directive, 'stands before the first listener, and is about none')
      }
      return listeners
    }
    if (standard.port === undefined) {
      const message = 'opens a listener at port 1883, as in Mosquitto: it stands before the others'
      this.#draft.notice(opening.place, opening.directive, message)
    }
    return [{ port: 1883, place: opening.place, ...standard }, ...listeners]
  }

  /** Without a listener, Mosquitto is open to all of this machine, and to nobody else. */
  #localOnly(): void {
    const url = 'mqtt://127.0.0.1:1883'
    this.#put(['listeners', 0, 'url'], url, this.#file)
    const message = `has no listener, so only this machine reaches the broker, at ${url}`
    this.#draft.notice(this.#file, '', `${message}: listener 1883 opens it to others`)
  }

  #keeping(): void {
    const { persistence, persistenceLocation, persistenceFile } = this.#draft
    const place = persistence?.place ?? this.#file
    const isKept = persistence?.value === true
    this.#put(['durability'], isKept ? 'fsync' : 'memory', place)
    if (!isKept) {
      const why = persistence === undefined ? 'is not there, and is false then' : 'is false'
      const message = `${why}: sessions and retained messages end with the process`
      this.#draft.notice(place, 'persistence', message)
      this.#useless(persistenceLocation, 'persistence_location')
      this.#useless(persistenceFile, 'persistence_file')
      return
    }
    const location = persistenceLocation?.value
    if (location !== undefined && persistenceLocation !== undefined) {
      this.#put(['data'], join(location, 'godwit-broker'), persistenceLocation.place)
    }
    const database = join(location ?? '', persistenceFile?.value ?? 'mosquitto.db')
    const advice = `godwit-broker data import ${database} takes up what Mosquitto kept`
    const message = `is kept elsewhere: ${advice}`
    this.#draft.notice(persistenceFile?.place ?? place, 'persistence', message)
  }

  #useless(said: Said<unknown> | undefined, directive: string): void {
    if (said !== undefined)
      this.#draft.notice(said.place, directive, 'does nothing without persistence')
  }

  #security(path: Path, { anonymous, passwordFile, aclFile }: Security, isLocal: boolean): void {
    const usual = { value: isLocal, place: this.#file }
    this.#say([...path, 'authentication', 'anonymous'], anonymous ?? usual)
    this.#say([...path, 'authentication', 'passwordFile'], passwordFile)
    this.#say([...path, 'authorization', 'aclFile'], aclFile)
  }

  #listener(path: Path, listener: DraftListener): void {
    const { place = this.#file, connectionsMax, versions, origins, settings } = listener
    this.#put([...path, 'url'], urlOf(listener), place)
    this.#domain(listener)
    this.#tls(path, listener)
    this.#access(path, listener)
    this.#say([...path, 'connectionsMax'], connectionsMax)
    this.#say([...path, 'versions'], versions)
    for (const [key, said] of settings) this.#say([...path, ...key.split('.')], said)
    const [first] = origins
    if (first !== undefined) {
      this.#put(
        [...path, 'origins'],
        origins.map(({ value }) => value),
        first.place,
      )
    }
  }

  #domain({ domain, host, socketPath }: DraftListener): void {
    if (domain === undefined) return
    const { place, value } = domain
    if (host !== undefined || socketPath !== undefined) {
      this.#draft.notice(place, 'socket_domain', 'does nothing beside an address, which says it')
    } else if (value === 'ipv6') {
      this.#draft.notice(place, 'socket_domain', 'is ipv6: most systems let IPv4 in at [::] too')
    }
  }

  #access(path: Path, listener: DraftListener): void {
    const { perListener, security } = this.#draft
    const { certificateNames, anonymous } = listener
    const asks = certificateNames?.value === true
    if (perListener) this.#security(path, listener.security, false)
    else if (asks) this.#security(path, security, false)
    this.#say([...path, 'anonymous'], anonymous)
    if (asks && certificateNames !== undefined) {
      const key = [...path, 'authentication', 'certificate', 'username']
      this.#put(key, 'cn', certificateNames.place)
    } else if (certificateNames !== undefined) {
      this.#draft.notice(
        certificateNames.place,
        'use_identity_as_username',
        'is false, and that holds here',
      )
    }
  }

  #tls(path: Path, listener: DraftListener): void {
    const at = (key: string): Path => [...path, 'tls', key]
    this.#say(at('certificate'), listener.certificate)
    this.#say(at('key'), listener.key)
    this.#say(at('minVersion'), listener.minVersion)
    const { certificateRequired, clientCa, clientCaDirectory, revocations } = listener
    if (certificateRequired?.value === true) {
      this.#put(at('clientCertificate'), 'require', certificateRequired.place)
      this.#say(at('clientCa'), clientCa)
      this.#say(at('revocations'), revocations)
      if (clientCaDirectory !== undefined) {
        const message = 'is not there: put the certificates into one file, and name it with cafile'
        this.#draft.fault(clientCaDirectory.place, 'capath', message)
      }
      return
    }
    const unused = 'does nothing without require_certificate true'
    for (const [directive, said] of [
      ['cafile', clientCa],
      ['capath', clientCaDirectory],
      ['crlfile', revocations],
    ] as const) {
      if (said !== undefined) this.#draft.notice(said.place, directive, unused)
    }
    if (certificateRequired !== undefined) {
      const message = 'is false, and that holds here: no client is asked for a certificate'
      this.#draft.notice(certificateRequired.place, 'require_certificate', message)
    }
  }
}

function urlOf({
  socketPath,
  host,
  port = 1883,
  protocol,
  domain,
  certificate,
}: DraftListener): string {
  if (socketPath !== undefined) return `mqtt+unix://${socketPath}`
  const isWeb = protocol?.value === 'websockets'
  const scheme = `${isWeb ? 'ws' : 'mqtt'}${certificate === undefined ? '' : 's'}`
  return `${scheme}://${hostOf(host, domain?.value)}:${port}`
}

/** Without an address Mosquitto listens at all of them, of both kinds. */
function hostOf(host: string | undefined, domain: 'ipv4' | 'ipv6' | undefined): string {
  if (host !== undefined) return host.includes(':') ? `[${host}]` : host
  return domain === 'ipv4' ? '0.0.0.0' : '[::]'
}
