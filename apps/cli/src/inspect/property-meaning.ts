/** What the numbers in properties mean (§3). */
import type { PropertyName } from '@godwit/codec'
import type { FieldValue } from './field.ts'

/** The unit of a property, or the meaning of its value; `undefined` where it speaks for itself. */
export function propertyMeaning(name: PropertyName, value: FieldValue): string | undefined {
  if (typeof value !== 'number') return undefined
  if (name === 'sessionExpiryInterval' && value === FOR_EVER) return 'never expires'
  if (SECONDS.includes(name)) return 'seconds'
  if (name === 'payloadFormatIndicator') return value === 0 ? 'unspecified bytes' : 'UTF-8 text'
  if (name === 'maximumQoS') return value === 0 ? 'at most once' : 'at least once'
  if (name === 'maximumPacketSize') return 'bytes'
  return SWITCHES.includes(name) ? (value === 0 ? 'no' : 'yes') : undefined
}

const FOR_EVER = 0xffff_ffff

const SECONDS: readonly PropertyName[] = [
  'messageExpiryInterval',
  'sessionExpiryInterval',
  'serverKeepAlive',
  'willDelayInterval',
]

const SWITCHES: readonly PropertyName[] = [
  'requestProblemInformation',
  'requestResponseInformation',
  'retainAvailable',
  'wildcardSubscriptionAvailable',
  'subscriptionIdentifierAvailable',
  'sharedSubscriptionAvailable',
]
