// An outbox by itself, over a transport that notes what it is given.

import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { VirtualClock } from '@godwit/transport/testing'
import { DEFAULT_LIMITS } from '../src/index.ts'
import { Outbox } from '../src/outbox.ts'
import { SlabPool } from '../src/slab.ts'
import { Counters } from '../src/stats.ts'
import { Turn } from '../src/turn.ts'
import { publish } from './peer.ts'

/** An outbox and what surrounds it. */
export interface OutboxWorld {
  readonly clock: VirtualClock
  readonly outbox: Outbox
  readonly transport: NotingTransport
  /** For tests: the bytes that should come out. */
  readonly wanted: number[]
  readonly faults: unknown[]
  /** What the outbox told its client. */
  readonly congestions: string[]
}

/** Opens an outbox, alone or with others that share clock, slabs and turn. */
export function openOutbox(
  outboxBytesMax = 1_000_000,
  shared?: { clock: VirtualClock; slabs: SlabPool; turn: Turn },
): OutboxWorld {
  const clock = shared?.clock ?? new VirtualClock()
  const faults: unknown[] = []
  const congestions: string[] = []
  const transport = new NotingTransport()
  const surroundings = {
    turn: shared?.turn ?? new Turn(clock, (error) => faults.push(error)),
    slabs: shared?.slabs ?? new SlabPool(),
    limits: { ...DEFAULT_LIMITS, outboxBytesMax },
    observers: { fault: (error: unknown) => void faults.push(error) },
    counters: new Counters(),
  }
  const outbox = new Outbox(transport, surroundings, {
    congested: () => void congestions.push('congested'),
    drained: () => void congestions.push('drained'),
  })
  return { clock, outbox, transport, wanted: [], faults, congestions }
}

/** A transport that takes everything, keeps up or not, and remembers each write. */
class NotingTransport implements Transport {
  readonly remoteAddress = 'noted'
  readonly writes: Uint8Array[][] = []
  bufferedBytes = 0
  slow = false
  broken = false
  /** How much it buffers before it says that it is slow. */
  takesFirst = 0
  ended: 'closed' | 'destroyed' | undefined
  onData = (): void => {}
  onDrain = (): void => {}
  onClose = (): void => {}

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.broken) throw new Error('broken')
    this.writes.push([...chunks])
    if (this.slow) this.bufferedBytes += chunks.reduce((sum, { length }) => sum + length, 0)
    return this.bufferedBytes <= (this.slow ? this.takesFirst : 0)
  }

  drain(): void {
    this.slow = false
    this.bufferedBytes = 0
  }

  sent(): readonly number[] {
    return this.writes.flat().flatMap((piece) => [...piece])
  }

  pause(): void {}
  resume(): void {}

  close(): void {
    this.ended ??= 'closed'
  }

  destroy(): void {
    this.ended ??= 'destroyed'
  }
}

/** PUBLISH packets side by side in one chunk. */
export function framesOf(texts: readonly string[]): readonly PublishFrame[] {
  const decoder = new Decoder({ version: 4 })
  const packets = texts.map((text) => encode(publish('t', text), 4))
  decoder.push(Uint8Array.from(Buffer.concat(packets)))
  return texts.map(() => {
    const packet = decoder.next()
    if (!(packet instanceof PublishFrame)) throw new TypeError('This is no PUBLISH')
    return packet
  })
}
