/**
 * Both directions of one Network Connection as they are overheard: packets, the version that they
 * are read in, and what a Topic Alias stands for. The version is that of the CONNECT; where there
 * was none it is a guess, which is given up for another when a packet fits only that.
 */
import { PublishFrame } from '@godwit/codec'
import type { MqttError, PacketType, ProtocolVersion } from '@godwit/codec'
import { dissect } from './anatomy.ts'
import { Framing } from './framing.ts'
import type { FramedPacket } from './framing.ts'
import { packetTypeOfCode } from './packet-type.ts'
import { judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** Which end sent something. */
export type Sender = 'client' | 'server'

/** A packet that was overheard. */
export interface Sighting {
  readonly packet: FramedPacket
  /** `undefined` for the reserved type 0. */
  readonly type: PacketType | undefined
  /** What it is read in. */
  readonly version: ProtocolVersion
  /** Whether that is a guess. */
  readonly guessed: boolean
  /** Why it is malformed, if it is. */
  readonly error?: MqttError
  /** Whether so much was malformed that its direction is not looked at any further. */
  readonly givenUp?: true
  /** What the Topic Alias stands for that it has in place of a Topic Name. */
  readonly aliasedTopic?: string
}

/**
 * After so many malformed packets in a row it is no MQTT that is overheard. Garbage has a packet in
 * every two bytes, and to say why each is none takes 30 us (Node 24): 1 s for 64 KiB.
 */
const MALFORMED_MAX = 20

/** As many aliases of a direction are remembered, and Topic Names of as many characters. */
const ALIASES_MAX = 1_024
const ALIASED_LENGTH_MAX = 1_024

/** Overhears one connection. */
export class Conversation {
  readonly #framings = { client: new Framing(), server: new Framing() }
  readonly #aliases = { client: new Map<number, string>(), server: new Map<number, string>() }
  readonly #malformed = { client: 0, server: 0 }
  #version: ProtocolVersion
  #guessed: boolean

  /** The version, where somebody knows it. */
  constructor(version?: ProtocolVersion) {
    this.#version = version ?? 5
    this.#guessed = version === undefined
  }

  /** Takes bytes of one direction, and gives the packets that end in them. */
  *receive(sender: Sender, chunk: Uint8Array): Generator<Sighting> {
    for (const packet of this.#framings[sender].push(chunk)) yield this.#see(sender, packet)
  }

  /** Some bytes of a direction are missing: what comes next is taken to begin a packet. */
  *gap(sender: Sender, length: number): Generator<Sighting> {
    yield* this.end(sender)
    this.#malformed[sender] = 0
    this.#framings[sender].skip(length)
  }

  /** A direction is over: gives the packet that it broke off in. */
  *end(sender: Sender): Generator<Sighting> {
    const packet = this.#framings[sender].cut()
    if (packet !== undefined) yield this.#see(sender, packet)
  }

  /** How many bytes of a direction could not be cut into packets. */
  lostBytes(sender: Sender): number {
    return this.#framings[sender].lostBytes
  }

  #see(sender: Sender, packet: FramedPacket): Sighting {
    const type = packetTypeOfCode((packet.bytes[0] ?? 0) >> 4)
    const verdict = this.#verdictOn(packet, type)
    const seen = { packet, type, version: this.#version, guessed: this.#guessed }
    if (verdict === undefined) return seen
    if ('error' in verdict) return { ...seen, error: verdict.error, ...this.#grievance(sender) }
    this.#malformed[sender] = 0
    const aliasedTopic = this.#resolve(sender, verdict)
    return aliasedTopic === undefined ? seen : { ...seen, aliasedTopic }
  }

  /** Counts a malformed packet, and gives the direction up where there are too many. */
  #grievance(sender: Sender): Pick<Sighting, 'givenUp'> {
    this.#malformed[sender]++
    if (this.#malformed[sender] < MALFORMED_MAX) return {}
    this.#framings[sender].abandon()
    return { givenUp: true }
  }

  #verdictOn(packet: FramedPacket, type: PacketType | undefined): Verdict | undefined {
    const verdict = judge(packet, this.#version)
    if (type === 'connect') this.#learn(packet, verdict)
    else if (this.#guessed && verdict !== undefined && 'error' in verdict) {
      return this.#otherVerdictOn(packet) ?? verdict
    }
    return verdict
  }

  /** A CONNECT says its version, unless it is broken in front of that. */
  #learn({ bytes }: FramedPacket, verdict: Verdict | undefined): void {
    const { fields } = dissect(bytes, this.#version)
    if (!fields.some(({ name }) => name === 'Protocol Version')) return
    this.#version = verdict?.version ?? this.#version
    this.#guessed = false
  }

  #otherVerdictOn(packet: FramedPacket): Verdict | undefined {
    for (const version of GUESSES) {
      const verdict = judge(packet, version)
      if (verdict === undefined || 'error' in verdict) continue
      this.#version = version
      return verdict
    }
    return undefined
  }

  /** Remembers what an alias stands for; gives what it stands for where it stands alone. */
  #resolve(sender: Sender, verdict: Verdict): string | undefined {
    const packet = 'packet' in verdict ? verdict.packet : undefined
    if (!(packet instanceof PublishFrame)) return undefined
    const { topicAlias, topic } = packet
    if (topicAlias === 0) return undefined
    const aliases = this.#aliases[sender]
    if (topic === '') return aliases.get(topicAlias)
    const isRoom = aliases.size < ALIASES_MAX || aliases.has(topicAlias)
    if (isRoom && topic.length <= ALIASED_LENGTH_MAX) aliases.set(topicAlias, topic)
    else aliases.delete(topicAlias)
    return undefined
  }
}

/** The likeliest first. */
const GUESSES: readonly ProtocolVersion[] = [5, 4, 3]
