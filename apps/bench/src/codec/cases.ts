/**
 * What the codec is measured by. Topics, packet identifiers and client identifiers come from a set
 * of 64, as a broker sees its busiest clients; the "every topic new" cases show what that saves.
 */
import type { Side } from '../interleave.ts'
import { atLeast, type Target } from '../target.ts'
import { decodingSides, encoded, encodingSides } from './comparison.ts'
import {
  connect,
  plainPublish,
  puback,
  richPublish,
  type SamplePacket,
  subscribe,
  topic,
} from './sample-packets.ts'

/** One row of the table. */
export interface CodecCase {
  readonly name: string
  readonly target?: Target
  /** Packets in an iteration. */
  readonly operations: number
  readonly sides: () => Side[]
}

const CHUNK_BYTES = 65_536
const DISTINCT = 64
/** More topics than any cache should hold. */
const MANY = 65_536

/** The payload that makes a PUBLISH of MQTT 3.1.1 and QoS 0 64 bytes long. */
const SMALL_PAYLOAD = 64 - 4 - topic(0).length

/** All cases, in the order of the table. */
export function codecCases(): readonly CodecCase[] {
  const small = (index: number): SamplePacket => plainPublish(index, SMALL_PAYLOAD)
  const larger = (index: number): SamplePacket => plainPublish(index, 64)
  return [
    chunked('decode PUBLISH of 64 bytes in chunks', small, DISTINCT, atLeast(8)),
    chunked('decode the same, every topic new', small, MANY),
    chunked('decode the same with 64-byte payload', larger, DISTINCT),
    single('decode rich PUBLISH', richPublish, atLeast(8)),
    chunked('decode rich PUBLISH in chunks', richPublish, DISTINCT, atLeast(8)),
    chunked('decode the same, all topics and traces new', richPublish, MANY),
    encoding('encode rich PUBLISH', richPublish, atLeast(6)),
    single('decode CONNECT 5.0', connect, atLeast(4)),
    encoding('encode CONNECT 5.0', connect, atLeast(4)),
    single('decode SUBSCRIBE 5.0, 10 filters', subscribe, atLeast(4)),
    encoding('encode SUBSCRIBE 5.0, 10 filters', subscribe, atLeast(4)),
    single('decode PUBACK 3.1.1', puback, atLeast(4)),
    encoding('encode PUBACK 3.1.1', puback, atLeast(4)),
  ]
}

type Sample = (index: number) => SamplePacket

/** One packet in each chunk, each chunk in memory of its own. */
function single(name: string, sample: Sample, target: Target): CodecCase {
  const samples = samplesOf(sample, DISTINCT)
  const version = sample(0).version
  const sides = (): Side[] => decodingSides(version, encoded(samples).map(aside))
  return { name, operations: samples.length, sides, target }
}

/** As many packets as fit, chunk after chunk, until each distinct one has come. */
function chunked(name: string, sample: Sample, distinct: number, target?: Target): CodecCase {
  const { version } = sample(0)
  const [first] = encoded([sample(0)])
  const perChunk = Math.floor(CHUNK_BYTES / (first?.length ?? CHUNK_BYTES))
  const chunks = Math.ceil(distinct / perChunk)
  const sides = (): Side[] => {
    const packets = encoded(samplesOf(sample, distinct))
    return decodingSides(
      version,
      Array.from({ length: chunks }, (_, at) => chunk(packets, at)),
    )
  }
  const chunk = (packets: readonly Buffer[], at: number): Buffer => {
    const indices = Array.from({ length: perChunk }, (_, place) => at * perChunk + place)
    return aside(Buffer.concat(indices.flatMap((index) => packets[index % distinct] ?? [])))
  }
  return {
    name,
    operations: chunks * perChunk,
    sides,
    ...(target !== undefined && { target }),
  }
}

function encoding(name: string, sample: Sample, target: Target): CodecCase {
  const samples = samplesOf(sample, DISTINCT)
  return { name, operations: samples.length, sides: () => encodingSides(samples), target }
}

function samplesOf(sample: Sample, count: number): SamplePacket[] {
  return Array.from({ length: count }, (_, index) => sample(index))
}

/** A copy outside of Node's shared pool, as what a socket delivers is. */
function aside(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
