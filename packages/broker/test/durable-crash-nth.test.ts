// One whole scenario in which a commit goes wrong, be it the first, the second or the last one:
// whatever was acknowledged is there after the next start.

import type { Packet } from '@godwit/codec'
import type { MemoryFailure } from '@godwit/store'
import { describe, expect, it } from 'vitest'
import { DurableWorld } from './durable-world.ts'
import { ack, lasting } from './lasting.ts'
import { connect, publish, subscribe } from './peer.ts'
import type { Peer } from './peer.ts'

/** More than there are commits. */
const COMMITS_MAX = 100

describe.each<{ failure: MemoryFailure; isEnd: boolean }>([
  { failure: 'full', isEnd: false },
  { failure: 'failed', isEnd: true },
  { failure: 'unanswered', isEnd: true },
])('a commit that is $failure', ({ failure, isEnd }) => {
  it('takes nothing with it that was acknowledged', async () => {
    let after = 0
    for (; after < COMMITS_MAX; after++) {
      const scenario = new Scenario(await DurableWorld.open())
      scenario.fail(failure, after)
      await scenario.play()
      const failures = scenario.world.now.seen.filter((line) => line.startsWith('failed'))
      const isUntouched = failures.length === 0 && !scenario.world.now.seen.includes('store full')
      expect(failures, `commit ${after}`).toHaveLength(isEnd && !isUntouched ? 1 : 0)
      expect(scenario.world.now.seen.filter((line) => line.startsWith('fault'))).toEqual([])
      expect(await scenario.startAgain(), `commit ${after}`).toBe(true)
      expect(scenario.lost, `commit ${after}`).toEqual([])
      expect(scenario.twice, `commit ${after}`).toEqual([])
      expect(scenario.tooLate, `commit ${after}`).toEqual([])
      if (isUntouched) break
    }
    expect(after).toBeGreaterThan(8)
    expect(after).toBeLessThan(COMMITS_MAX)
  })
})

/** What is said, and by whom it is heard. */
class Scenario {
  readonly world: DurableWorld
  /** Acknowledgements that came although the store had failed before they were asked for. */
  readonly tooLate: string[] = []
  readonly #acknowledged = new Set<string>()
  readonly #retained: string[] = []
  readonly #heard: string[] = []
  readonly #received = new Set<number>()
  readonly #peers: Peer[] = []
  #isGranted = false

  constructor(world: DurableWorld) {
    this.world = world
  }

  /** Acknowledged, and never heard. */
  get lost(): readonly string[] {
    return [...this.#acknowledged].filter((text) => !this.#heard.includes(text))
  }

  /** Of QoS 2, and heard twice. */
  get twice(): readonly string[] {
    return this.#heard.filter(
      (text, at) => text.startsWith('two') && this.#heard.indexOf(text) !== at,
    )
  }

  fail(failure: MemoryFailure, after: number): void {
    this.world.storage.faults.fail(failure, { after })
  }

  /** Subscribes, publishes, acknowledges, takes over, leaves a will, and ends a session. */
  async play(): Promise<void> {
    let sub = this.#dial()
    await this.#say(sub, connect({ clientId: 'sub', ...lasting() }))
    await this.#say(sub, subscribe({ filter: '#', qos: 2 }))
    const will = { topic: 'w', payload: new TextEncoder().encode('will'), qos: 1 } as const
    const pub = this.#dial()
    await this.#say(
      pub,
      connect({ clientId: 'pub', ...lasting(), will: { ...will, retain: false } }),
    )
    for (const packetId of [1, 2]) {
      await this.#publish(pub, 1, `one ${packetId}`, packetId)
      await this.#publish(pub, 2, `two ${packetId}`, packetId + 10)
      await this.#publish(pub, 1, `kept ${packetId}`, packetId + 20, true)
      if (packetId === 2) continue
      sub = this.#dial()
      await this.#say(sub, connect({ clientId: 'sub', ...lasting() }))
    }
    const other = this.#dial()
    await this.#say(other, connect({ clientId: 'other', ...lasting() }))
    await this.#say(other, subscribe({ filter: 'b', qos: 1 }))
    await this.#publish(pub, 2, 'two last', 30)
    const properties = { sessionExpiryInterval: 0 }
    await this.#say(other, { type: 'disconnect', reasonCode: 0, properties })
    pub.transport.cut()
    await this.#settle()
  }

  /**
   * The next life, without faults: the subscriber takes all that waits for it. Returns whether what
   * is retained is what was acknowledged last, or came behind it.
   */
  async startAgain(): Promise<boolean> {
    this.world.storage.faults.mend()
    await this.world.crash()
    const sub = this.#dial()
    await this.#say(sub, connect({ clientId: 'sub', ...lasting() }))
    for (let round = 0; round < 5; round++) await this.#say(sub)
    const late = this.#dial()
    await this.#settle()
    late.send(connect({ clientId: 'late' }), subscribe('r'))
    await this.#settle()
    const [kept] = late.takeTexts()
    const last = this.#retained.findLast((text) => this.#acknowledged.has(text))
    if (last === undefined) return true
    return this.#retained.indexOf(kept ?? '') >= this.#retained.indexOf(last)
  }

  get #isDead(): boolean {
    return this.world.now.seen.some((line) => line.startsWith('failed'))
  }

  async #publish(
    peer: Peer,
    qos: 1 | 2,
    text: string,
    packetId: number,
    retain = false,
  ): Promise<void> {
    if (retain) this.#retained.push(text)
    const packet = publish(retain ? 'r' : 'a', text, { qos, packetId, retain })
    const answers = await this.#say(peer, packet)
    const isTaken = answers.some(
      (one) => (one.type === 'puback' || one.type === 'pubrec') && one.reasonCode < 0x80,
    )
    // Without its subscription, the subscriber is promised nothing.
    if (isTaken && this.#isGranted) this.#acknowledged.add(text)
    if (isTaken && qos === 2) await this.#say(peer, ack('pubrel', packetId))
  }

  /** A broker that is closed is not dialled. */
  #dial(): Peer {
    const last = this.#peers.at(-1)
    if (this.#isDead && last !== undefined) return last
    const peer = this.world.now.dial()
    this.#peers.push(peer)
    return peer
  }

  /** Says something, and returns what came back; messages are acknowledged. */
  async #say(peer: Peer, ...packets: readonly Packet[]): Promise<readonly Packet[]> {
    const wasDead = this.#isDead
    if (packets.length > 0) peer.send(...packets)
    await this.#settle()
    const taken: Packet[] = []
    for (const one of this.#peers) {
      for (let round = 0; round < 6; round++) {
        const came = one.take()
        if (one === peer) taken.push(...came)
        if (wasDead) this.tooLate.push(...came.map(({ type }) => type).filter(isAnswer))
        const answers = came.flatMap((packet) => this.#hear(packet))
        if (answers.length > 0) one.send(...answers)
        await this.#settle()
      }
    }
    return taken
  }

  #hear(packet: Packet): readonly Packet[] {
    if (packet.type === 'suback') this.#isGranted ||= packet.reasonCodes[0] === 2
    if (packet.type === 'pubrel') {
      this.#received.delete(packet.packetId)
      return [ack('pubcomp', packet.packetId)]
    }
    if (packet.type !== 'publish') return []
    const { qos, packetId, payload } = packet
    const text = new TextDecoder().decode(payload)
    // Only the subscriber to everything is asked for QoS 2.
    if (qos === 1) {
      this.#heard.push(text)
      return [ack('puback', packetId)]
    }
    if (!this.#received.has(packetId)) this.#heard.push(text)
    this.#received.add(packetId)
    return [ack('pubrec', packetId)]
  }

  async #settle(): Promise<void> {
    const { clock } = this.world.now
    await clock.settled()
    clock.advance(250) // A full store is tried again.
    await clock.settled()
  }
}

function isAnswer(type: string): boolean {
  return ['connack', 'puback', 'pubrec', 'pubcomp', 'pubrel', 'suback', 'unsuback'].includes(type)
}
