/** What an inspection has to tell: packets, and what happened around them. */
import type { Sender, Sighting } from './conversation.ts'

/** Where and when, as far as that is known. */
export interface Circumstances {
  /** The number of the connection, from 1; absent where there is only one. */
  readonly connection?: number
  /** Who sent it; absent where nobody knows. */
  readonly sender?: Sender
  /** Milliseconds since 1970. */
  readonly timeMs?: number
}

/** A packet was overheard. */
export interface PacketSeen extends Circumstances {
  readonly type: 'packet'
  readonly sighting: Sighting
}

/** What a note is about. */
export type NoteKind =
  'connection' | 'end' | 'gap' | 'lost' | 'not-mqtt' | 'not-shown' | 'capture' | 'failure'

/** Something else happened. */
export interface Note extends Circumstances {
  readonly type: 'note'
  readonly kind: NoteKind
  /** A sentence without a full stop. */
  readonly text: string
  /** What the sentence says, for programs. */
  readonly details?: Readonly<Record<string, string | number>>
}

/** Either. */
export type Happening = PacketSeen | Note

/** How much of packets is told. */
export interface Detail {
  /** Whether to tell at which offset each field is. */
  readonly offsets: boolean
  /** How many bytes of a payload, or of other binary data, are told. */
  readonly payloadBytes: number
  /** Whether passwords are told. */
  readonly secrets: boolean
}

/** Puts what happened into words. */
export type Telling = (happening: Happening) => string
