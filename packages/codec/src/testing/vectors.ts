/** The corpus of test vectors: packets of every type and version, and what must be refused. */
import { ACKNOWLEDGEMENT_VECTORS } from './vectors/acknowledgement.ts'
import { CONNACK_REFUSALS, CONNECTION_REFUSALS } from './vectors/answer-refusals.ts'
import { CONNACK_VECTORS } from './vectors/connack.ts'
import { CONNECT_REFUSALS } from './vectors/connect-refusals.ts'
import { CONNECT_VECTORS } from './vectors/connect.ts'
import { CONNECTION_VECTORS } from './vectors/connection.ts'
import { HEADER_REFUSALS } from './vectors/header-refusals.ts'
import { ACKNOWLEDGEMENT_REFUSALS, PUBLISH_REFUSALS } from './vectors/publish-refusals.ts'
import { PUBLISH_VECTORS } from './vectors/publish.ts'
import { SUBSCRIBE_REFUSALS, UNSUBSCRIBE_REFUSALS } from './vectors/subscription-refusals.ts'
import {
  SUBACK_VECTORS,
  SUBSCRIBE_VECTORS,
  UNSUBACK_VECTORS,
  UNSUBSCRIBE_VECTORS,
} from './vectors/subscription.ts'
import type { PacketVector, RefusalVector } from './vectors/vector.ts'

/** Packets that are well formed, of all fifteen types. */
export const PACKET_VECTORS: readonly PacketVector[] = [
  ...CONNECT_VECTORS,
  ...CONNACK_VECTORS,
  ...PUBLISH_VECTORS,
  ...ACKNOWLEDGEMENT_VECTORS,
  ...SUBSCRIBE_VECTORS,
  ...SUBACK_VECTORS,
  ...UNSUBSCRIBE_VECTORS,
  ...UNSUBACK_VECTORS,
  ...CONNECTION_VECTORS,
]

/** Whole packets that a decoder refuses, each for one reason. */
export const REFUSAL_VECTORS: readonly RefusalVector[] = [
  ...HEADER_REFUSALS,
  ...CONNECT_REFUSALS,
  ...CONNACK_REFUSALS,
  ...PUBLISH_REFUSALS,
  ...ACKNOWLEDGEMENT_REFUSALS,
  ...SUBSCRIBE_REFUSALS,
  ...UNSUBSCRIBE_REFUSALS,
  ...CONNECTION_REFUSALS,
]
