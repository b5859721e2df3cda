/** Which versions of MQTT to speak, the best first. */
import type { ProtocolVersion } from '@godwit/codec'
import { misuse } from '../exit.ts'
import type { ConnectionFlags } from '../flags/connection-flag-values.ts'

/**
 * The version of the flag; else 5.0 with 3.1.1 for servers that are older, unless something is
 * asked for that only 5.0 has: `needs5` says what, in the terms of its flag.
 * @throws {CliError} for a flag of 5.0 with an older version
 */
export function versionsFor(
  flags: ConnectionFlags,
  needs5: string | undefined = needOf(flags),
): readonly ProtocolVersion[] {
  const { protocolVersion } = flags
  if (protocolVersion === undefined) return needs5 === undefined ? [5, 4] : [5]
  if (protocolVersion === 5 || needs5 === undefined) return [protocolVersion]
  throw misuse(`${needs5} is of MQTT 5.0`, 'leave out --protocol-version, or it')
}

/** What the flags about the connection ask for that only 5.0 has. */
function needOf({ property, sessionExpiry, willDelay }: ConnectionFlags): string | undefined {
  if (property !== undefined) return '--property'
  if (willDelay !== undefined) return '--will-delay'
  // For ever is what the older versions have.
  return sessionExpiry === undefined ? undefined : '--session-expiry'
}
