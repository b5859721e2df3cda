/** The schema of the rates. */
import { addressRange } from './addresses.ts'
import type { BanInput, RatesInput, Read } from './input.ts'
import { duration, size, wholeNumber } from './leaves.ts'
import { group, optional, required, some } from './structure.ts'
import type { SchemaOf } from './structure.ts'

/** How fast clients may go. */
export function rates(): SchemaOf<RatesInput<Read>> {
  const messages = (): SchemaOf<number> => wholeNumber(1, RATE_MAX)
  const bytes = (): SchemaOf<number> => size(1, RATE_MAX)
  const none = { fallback: 'no limit', needsRestart: true }
  return group({
    clientMessagesPerSecond: optional(messages(), 'What one client publishes', none),
    clientBytesPerSecond: optional(bytes(), 'The bytes of all that it sends', none),
    userMessagesPerSecond: optional(messages(), 'The same for all clients of one user', none),
    userBytesPerSecond: optional(bytes(), 'The same for all clients of one user', none),
    addressMessagesPerSecond: optional(messages(), 'The same for all at one address', none),
    addressBytesPerSecond: optional(bytes(), 'The same for all at one address', none),
    connectionsPerSecond: optional(
      messages(),
      'New connections from one address; those beyond come in later',
      { fallback: '200', needsRestart: true },
    ),
    failedLoginsPerMinute: optional(
      messages(),
      'Logins from one address that fail; the answer to those beyond is late',
      { fallback: '10', needsRestart: true },
    ),
    failedLoginDelayMs: optional(duration('ms', 1, RATE_MAX), 'By how much it is late', {
      fallback: '1 s',
      needsRestart: true,
    }),
    banAfterFailedLogins: optional(ban(), 'When an address is banned for them', {
      fallback: 'never',
      needsRestart: true,
    }),
    exempt: optional(
      some(addressRange()),
      'Addresses that the rates of addresses do not hold for, such as those of a proxy',
      { fallback: 'those of this machine', needsRestart: true },
    ),
  })
}

/** What the broker takes at most. */
const RATE_MAX = 2_147_483_647

function ban(): SchemaOf<BanInput<Read>> {
  return group({
    count: required(wholeNumber(1, RATE_MAX), 'How many have to fail'),
    withinSeconds: required(duration('s', 1, RATE_MAX), 'Within which time of the first of them'),
    forSeconds: required(duration('s', 1, RATE_MAX), 'For how long the address is banned'),
  })
}
