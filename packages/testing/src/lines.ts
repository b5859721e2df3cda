/** The lines of a world: who is at the end of which, what went over them, what is to be lost. */
import type { Packet, PacketType } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { Line } from './line.ts'
import type { LineWatch } from './line.ts'
import { isOfType } from './wire-packet.ts'
import type { Sender, WirePacket } from './wire-packet.ts'
import type { WorldClock } from './world-clock.ts'

/** Which packets of a client are to be lost. */
export interface LossRule {
  readonly clientId: string
  readonly matches: (packet: WirePacket) => boolean
  /** How many more. */
  left: number
}

/** All lines there are, and what is remembered of those that were. */
export class Lines implements LineWatch {
  readonly #clock: WorldClock
  /** In the order in which they were laid. */
  readonly #open = new Set<Line>()
  readonly #unplugged = new Set<string>()
  readonly #rules = new Set<LossRule>()
  /** How many lines each client has had. */
  readonly #connections = new Map<string, number>()
  #passed: { readonly line: Line; readonly packet: WirePacket }[] = []
  #isDown = false

  constructor(clock: WorldClock) {
    this.#clock = clock
  }

  /** Whether nobody comes through. */
  get isDown(): boolean {
    return this.#isDown
  }

  /** Lays a line to the broker's end of a connection. */
  lay(end: Transport): Line {
    const line = new Line(end, this.#clock, this)
    this.#open.add(line)
    return line
  }

  /** See {@link LineWatch}. */
  get mayLose(): boolean {
    return this.#rules.size > 0 || this.#unplugged.size > 0 || this.#isDown
  }

  /** See {@link LineWatch}. */
  passes(line: Line, from: Sender, packet: Packet): boolean {
    const name = nameIn(packet)
    if (name !== undefined && line.clientId === undefined) this.#name(line, name)
    const passing = { ...packet, from, at: this.#clock.now(), connection: line.connection }
    const isUnplugged = this.#isDown || this.#unplugged.has(line.clientId ?? '')
    if (isUnplugged) line.cut()
    const isLost = isUnplugged || this.#isLost(line, passing)
    this.#passed.push({ line, packet: isLost ? { ...passing, lost: true } : passing })
    if (this.#passed.length >= 2 * REMEMBERED_MIN) this.#passed.splice(0, REMEMBERED_MIN)
    return !isLost
  }

  /** See {@link LineWatch}. */
  gone(line: Line): void {
    this.#open.delete(line)
  }

  /** The line of a client. @throws {Error} if it has none. */
  of(clientId: string): Line {
    const line = [...this.#open].findLast((line) => line.clientId === clientId && line.isOpen)
    if (line !== undefined) return line
    const others = this.clientIds
    const known = others.length === 0 ? 'nobody is' : `these are: ${others.join(', ')}`
    throw new Error(`No client ${JSON.stringify(clientId)} is connected: ${known}`)
  }

  /** Who is at the end of an open line. */
  get clientIds(): readonly string[] {
    const names = [...this.#open].flatMap(({ clientId, isOpen }) =>
      clientId !== undefined && isOpen ? [clientId] : [],
    )
    return [...new Set(names)]
  }

  /** What went over the lines of a client, the oldest first. */
  packets<T extends PacketType>(clientId: string, type?: T): readonly WirePacket<T>[] {
    return this.#passed.flatMap(({ line, packet }) => {
      if (line.clientId !== clientId || !isOfType(packet, type)) return []
      // Before it had a name, its connections could not be counted.
      return [{ ...packet, connection: line.connection }]
    })
  }

  /** Loses packets, until the result is disposed of or `left` is 0. */
  lose(rule: LossRule): Disposable {
    this.#rules.add(rule)
    return { [Symbol.dispose]: () => void this.#rules.delete(rule) }
  }

  /** Keeps a client out, or all of them, until it is plugged in again. */
  unplug(clientId: string | undefined): void {
    if (clientId === undefined) this.#isDown = true
    else this.#unplugged.add(clientId)
    for (const line of this.#open) {
      if (clientId === undefined || line.clientId === clientId) line.cut()
    }
  }

  /** Lets a client in again, or all of them. */
  plug(clientId: string | undefined): void {
    if (clientId !== undefined) this.#unplugged.delete(clientId)
    else this.#unplugged.clear()
    if (clientId === undefined) this.#isDown = false
  }

  /** Cuts all lines. */
  cutAll(): void {
    for (const line of this.#open) line.cut()
  }

  #name(line: Line, clientId: string): void {
    line.clientId = clientId
    line.connection = (this.#connections.get(clientId) ?? 0) + 1
    this.#connections.set(clientId, line.connection)
  }

  #isLost({ clientId }: Line, packet: WirePacket): boolean {
    for (const rule of this.#rules) {
      if (rule.clientId !== clientId || !rule.matches(packet)) continue
      if (--rule.left === 0) this.#rules.delete(rule)
      return true
    }
    return false
  }
}

/** How many packets are remembered at the least. */
const REMEMBERED_MIN = 100_000

/** The Client Identifier that a packet gives to its connection. */
function nameIn(packet: Packet): string | undefined {
  if (packet.type === 'connect' && packet.clientId !== '') return packet.clientId
  return packet.type === 'connack' ? packet.properties?.assignedClientIdentifier : undefined
}
