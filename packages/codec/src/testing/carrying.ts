/** How packets get their properties. */
import * as fc from 'fast-check'
import type { ProtocolVersion } from '../packets.ts'
import type { Carrier, PropertiesOf } from '../properties.ts'
import { propertiesOf } from './table-arbitraries.ts'

/** What this carrier is with properties, in MQTT 5.0 and where there are any. */
export type Carrying<T, C extends Carrier> = T | (T & { readonly properties: PropertiesOf<C> })

/** Adds properties in MQTT 5.0; a packet with none has no such field. */
export function carrying<T extends object, C extends Carrier>(
  carrier: C,
  version: ProtocolVersion,
  base: fc.Arbitrary<T>,
): fc.Arbitrary<Carrying<T, C>> {
  if (version !== 5) return base
  return fc
    .tuple(base, propertiesOf(carrier))
    .map(([packet, properties]): Carrying<T, C> =>
      Object.keys(properties).length === 0 ? packet : { ...packet, properties },
    )
}
