/** What has been read of a mosquitto.conf so far, before it becomes a configuration. */
import type { PlacedFault } from '../fault.ts'
import type { Notice } from '../notice.ts'

/** A value with the line that said it, such as `mosquitto.conf:12`. */
export interface Said<T> {
  readonly value: T
  readonly place: string
}

/** Who gets in, and what they may do. */
export interface Security {
  anonymous?: Said<boolean>
  passwordFile?: Said<string>
  aclFile?: Said<string>
}

/** A listener: the default one, or one with a line of its own. */
export interface DraftListener {
  readonly security: Security
  /** Of its `listener`, `port` or `bind_address`; the default one need not have any. */
  place?: string
  port?: number
  host?: string
  socketPath?: string
  protocol?: Said<'mqtt' | 'websockets'>
  domain?: Said<'ipv4' | 'ipv6'>
  /** In place of allow_anonymous (2.1). */
  anonymous?: Said<boolean>
  connectionsMax?: Said<number>
  versions?: Said<readonly string[]>
  certificate?: Said<string>
  key?: Said<string>
  clientCa?: Said<string>
  clientCaDirectory?: Said<string>
  revocations?: Said<string>
  certificateRequired?: Said<boolean>
  certificateNames?: Said<boolean>
  minVersion?: Said<string>
  /** Paths of the listener in the configuration, such as `capabilities.maximumQoS`. */
  readonly settings: Map<string, Said<number | boolean>>
  readonly origins: Said<string>[]
}

/** A line about the default listener. */
export interface EarlyLine {
  readonly place: string
  readonly directive: string
  /** Whether there is such a listener because of it. */
  readonly opens: boolean
}

/** All of it. */
export class Draft {
  readonly faults: PlacedFault[] = []
  readonly notices: Notice[] = []
  /** Paths of the configuration, such as `limits.sessionsMax`. */
  readonly settings: Map<string, Said<number | string | boolean>> = new Map()
  readonly security: Security = {}
  readonly standard: DraftListener = newListener()
  readonly listeners: DraftListener[] = []
  /** What was said of a listener before there was one. */
  readonly early: EarlyLine[] = []
  perListener = false
  persistence: Said<boolean> | undefined
  persistenceFile: Said<string> | undefined
  persistenceLocation: Said<string> | undefined
  /** Where the bridge begins that lines belong to. */
  bridge: string | undefined
  /** The lines that said something, by what it was about: the next such line takes its place. */
  readonly #lines = new Map<string, string>()

  /** The listener that lines are about. */
  get listener(): DraftListener {
    return this.listeners.at(-1) ?? this.standard
  }

  /** What lines about access are about. */
  get access(): Security {
    return this.perListener ? this.listener.security : this.security
  }

  fault(place: string, directive: string, message: string): void {
    this.faults.push({ place, key: directive, message })
  }

  notice(place: string, about: string, message: string): void {
    this.notices.push({ place, about, message })
  }

  /** Notices that a line takes the place of one before, which counts for nothing. */
  once(place: string, directive: string, isListeners: boolean): void {
    const about = isListeners ? `${this.listeners.length} ${directive}` : directive
    const before = this.#lines.get(about)
    this.#lines.set(about, place)
    if (before !== undefined)
      this.notice(before, directive, `does not count: ${place} says it again`)
  }
}

/** A listener of which nothing is known. */
export function newListener(): DraftListener {
  return { security: {}, settings: new Map(), origins: [] }
}
