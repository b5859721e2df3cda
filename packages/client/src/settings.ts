/** What a client was asked to do, checked and completed. */
import { isProtocolVersion, UINT32_MAX } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import type { ClientLimits } from '@godwit/session'
import type { Clock } from '@godwit/transport'
import type { Dial, Dialers } from './dialing.ts'
import { limitsWith } from './limits.ts'
import type { ConnectOptions, Credentials } from './options.ts'
import { serverAddress } from './connection/server-address.ts'

/** What an entry point of the package brings along. */
export interface Platform {
  readonly dialers: Dialers
  readonly clock: Clock
  /** Calls back when there may be news that no timer brings, until the result is disposed. */
  readonly onWake?: (woke: () => void) => Disposable
}

/** Everything that a client needs to know. */
export interface Settings {
  readonly options: ConnectOptions
  readonly url: URL
  /** Those of the options, or else of the URL. */
  readonly credentials: Credentials
  readonly dial: Dial
  readonly versions: readonly [ProtocolVersion, ...ProtocolVersion[]]
  readonly clientId: string
  readonly limits: ClientLimits
  readonly clock: Clock
  readonly onWake: Platform['onWake'] | undefined
}

/**
 * Completes what a program asks for.
 * @throws {TypeError} for a URL or for options that make no sense; {RangeError} for a limit.
 */
export function settingsOf(
  address: string | URL,
  options: ConnectOptions,
  platform: Platform,
): Settings {
  const { dial, clientId, username, password } = options
  const schemes = dial === undefined ? Object.keys(platform.dialers) : undefined
  const { url, credentials } = serverAddress(address, schemes)
  checkOptions(options)
  if (options.tls !== undefined && dial === undefined && url.protocol !== 'mqtts:') {
    // Whoever trusts one authority only is not to be connected to another in silence.
    throw new TypeError(`\`tls\` is for mqtts:, and ${url.protocol} goes its own way`)
  }
  return {
    options,
    url,
    credentials: {
      ...credentials,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    },
    dial: dial ?? dialerFor(url, platform.dialers),
    versions: versionsOf(options),
    clientId: clientId ?? randomClientId(),
    limits: limitsWith(options.limits),
    clock: options.clock ?? platform.clock,
    onWake: platform.onWake,
  }
}

function dialerFor(url: URL, dialers: Dialers): Dial {
  return (to, options) => {
    const dial = dialers[url.protocol]
    if (dial === undefined) throw new TypeError(`No connection is made by ${url.protocol} here`)
    return dial(to, options)
  }
}

function checkOptions(options: ConnectOptions): void {
  const { cleanStart, clientId, keepAliveSeconds = 0, sessionExpirySeconds = 0 } = options
  if (cleanStart === false && (clientId ?? '') === '') {
    throw new TypeError('`cleanStart: false` goes on with a session: say whose by `clientId`')
  }
  if (!Number.isInteger(keepAliveSeconds) || keepAliveSeconds < 0 || keepAliveSeconds > 65_535) {
    throw new TypeError(`\`keepAliveSeconds\` is 0 to 65,535, got ${keepAliveSeconds}`)
  }
  if (!(sessionExpirySeconds >= 0 && sessionExpirySeconds <= UINT32_MAX)) {
    const sentence = '`sessionExpirySeconds` is 0 to 0xFFFFFFFF, which is for ever'
    throw new TypeError(`${sentence}, got ${sessionExpirySeconds}`)
  }
}

function versionsOf(options: ConnectOptions): Settings['versions'] {
  const [first, ...others] = options.versions ?? [5]
  if (first === undefined || ![first, ...others].every(isProtocolVersion)) {
    throw new TypeError(`\`versions\` are of 3, 4 and 5, got [${String(options.versions)}]`)
  }
  if (options.authentication !== undefined && [first, ...others].some((each) => each !== 5)) {
    throw new TypeError('`authentication` is of MQTT 5.0: leave the others out of `versions`')
  }
  return [first, ...others]
}

/** 23 characters, the most that MQTT 3.1 allows. */
function randomClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `godwit-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
