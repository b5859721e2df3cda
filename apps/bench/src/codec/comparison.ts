/** Decoding and encoding by the codec and by mqtt-packet, after both were seen to agree. */
import { deepStrictEqual } from 'node:assert/strict'
import { Decoder, encode, type DecodedPacket, type ProtocolVersion } from '@godwit/codec'
import { generate, parser, type Packet as PeerPacket } from 'mqtt-packet'
import type { Side } from '../interleave.ts'
import { sink } from '../sink.ts'
import type { SamplePacket } from './sample-packets.ts'

/** The names of the two, in the order of the sides. */
export const SUBJECTS = ['@godwit/codec', 'mqtt-packet'] as const

/** The bytes of each packet. @throws {AssertionError} if the two encode it differently. */
export function encoded(samples: readonly SamplePacket[]): Buffer[] {
  return samples.map(({ ours, theirs, version }) => {
    const bytes = Buffer.from(encode(ours, version))
    deepStrictEqual(bytes, generate(theirs, { protocolVersion: version }))
    return bytes
  })
}

/** Decodes chunk after chunk and reads what a broker reads. An iteration takes them all. */
export function decodingSides(version: ProtocolVersion, chunks: readonly Buffer[]): Side[] {
  agree(version, chunks)
  const decoder = new Decoder({ version })
  const peer = parser({ protocolVersion: version }).on('packet', readTheirs)
  const ours = (iterations: number): void => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (const chunk of chunks) decode(decoder, chunk, readOurs)
    }
  }
  const theirs = (iterations: number): void => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (const chunk of chunks) peer.parse(chunk)
    }
  }
  return sidesOf(ours, theirs)
}

/** Encodes packet after packet. An iteration takes them all. */
export function encodingSides(samples: readonly SamplePacket[]): Side[] {
  encoded(samples)
  const version = samples[0]?.version ?? 5
  const options = { protocolVersion: version }
  const ourPackets = samples.map(({ ours }) => ours)
  const theirPackets = samples.map(({ theirs }) => theirs)
  const ours = (iterations: number): void => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (const packet of ourPackets) add(encode(packet, version).length)
    }
  }
  const theirs = (iterations: number): void => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (const packet of theirPackets) add(generate(packet, options).length)
    }
  }
  return sidesOf(ours, theirs)
}

type Run = Side['run']

function sidesOf(ours: Run, theirs: Run): Side[] {
  return [
    { subject: SUBJECTS[0], run: ours },
    { subject: SUBJECTS[1], run: theirs },
  ]
}

function decode(decoder: Decoder, chunk: Buffer, read: (packet: DecodedPacket) => void): void {
  decoder.push(chunk)
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) read(packet)
}

function readOurs(packet: DecodedPacket): void {
  if (packet.type === 'publish') {
    add(packet.topic.length + packet.payload.length)
    if (packet.version === 5) add(packet.properties.userProperty === undefined ? 0 : 1)
  } else add(packet.type.length)
}

function readTheirs(packet: PeerPacket): void {
  if (packet.cmd === 'publish') {
    add(packet.topic.length + packet.payload.length)
    add(packet.properties?.userProperties === undefined ? 0 : 1)
  } else add(packet.cmd.length)
}

function add(read: number): void {
  sink.sum = (sink.sum + read) | 0
}

/** A figure for something that was decoded wrongly would be worth nothing. */
function agree(version: ProtocolVersion, chunks: readonly Buffer[]): void {
  const ours: unknown[] = []
  const theirs: unknown[] = []
  const decoder = new Decoder({ version })
  const peer = parser({ protocolVersion: version })
  peer.on('packet', (packet) => theirs.push(describeTheirs(packet)))
  for (const chunk of chunks) {
    decode(decoder, chunk, (packet) => ours.push(describeOurs(packet)))
    peer.parse(chunk)
  }
  deepStrictEqual(ours, theirs)
}

function describeOurs(packet: DecodedPacket): unknown {
  if (packet.type !== 'publish') return [packet.type]
  const { type, topic, payload, properties } = packet
  return [type, topic, Buffer.from(payload).toString(), properties.userProperty?.length ?? 0]
}

function describeTheirs(packet: PeerPacket): unknown {
  if (packet.cmd !== 'publish') return [packet.cmd]
  const { cmd, topic, payload, properties } = packet
  return [cmd, topic, payload.toString(), Object.keys(properties?.userProperties ?? {}).length]
}
