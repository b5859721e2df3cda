// Captures made by hand: segments of TCP in frames of the common link types, and both formats of
// files around them.

/** What a segment says; an end is `address:port`. */
export interface SegmentPlan {
  readonly from?: string
  readonly to?: string
  readonly sequence?: number
  readonly acknowledgement?: number
  /** Of F, S and R. */
  readonly flags?: string
  readonly payload?: Uint8Array | string
  /** How many bytes at the end of the frame were not captured. */
  readonly snapped?: number
}

export const CLIENT = '10.0.0.1:50000'
export const SERVER = '10.0.0.2:1883'

/** A TCP segment with its header. */
function tcpBytes(plan: SegmentPlan): Buffer {
  const { from = CLIENT, to = SERVER, sequence = 0, acknowledgement, flags = '' } = plan
  const payload = Buffer.from(plan.payload ?? '')
  const header = Buffer.alloc(24)
  header.writeUInt16BE(portOf(from), 0)
  header.writeUInt16BE(portOf(to), 2)
  header.writeUInt32BE(sequence >>> 0, 4)
  header.writeUInt32BE(acknowledgement ?? 0, 8)
  header[12] = 6 << 4 // 24 bytes: there is an option of four.
  header[13] =
    (flags.includes('F') ? 0x01 : 0) |
    (flags.includes('S') ? 0x02 : 0) |
    (flags.includes('R') ? 0x04 : 0) |
    (acknowledgement === undefined ? 0 : 0x10)
  header.fill(1, 20)
  return Buffer.concat([header, payload])
}

/** The segment in an IPv4 packet. */
export function ipv4Bytes(
  plan: SegmentPlan,
  overrides: Readonly<Record<number, number>> = {},
): Buffer {
  const content = tcpBytes(plan)
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(20 + content.length, 2)
  header[9] = 6
  const { from = CLIENT, to = SERVER } = plan
  header.set(hostOf(from).split('.').map(Number), 12)
  header.set(hostOf(to).split('.').map(Number), 16)
  for (const [at, byte] of Object.entries(overrides)) header[Number(at)] = byte
  return Buffer.concat([header, content])
}

/** The segment in an IPv6 packet from `::1` to `::1`, behind a header of options. */
export function ipv6Bytes(plan: SegmentPlan): Buffer {
  const content = tcpBytes(plan)
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(8 + content.length, 4)
  header[6] = 0 // Hop-by-hop options, then TCP.
  header[23] = 1
  header[39] = 1
  return Buffer.concat([header, Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]), content])
}

/** How a frame of a link type is made of an IP packet. */
export interface LinkPlan {
  readonly linkType: number
  readonly wrap: (ip: Buffer) => Buffer
}

/** Each link type with its number. */
export const LINKS: Readonly<Record<Link, LinkPlan>> = {
  loopback: { linkType: 0, wrap: (ip) => Buffer.concat([Buffer.from([2, 0, 0, 0]), ip]) },
  raw: { linkType: 101, wrap: (ip) => ip },
  // Ethernet fills short frames up with bytes that mean nothing.
  ethernet: {
    linkType: 1,
    wrap: (ip) => Buffer.concat([Buffer.alloc(12), typeOf(ip), ip, Buffer.alloc(6, 0xee)]),
  },
  vlan: {
    linkType: 1,
    wrap: (ip) => Buffer.concat([Buffer.alloc(12), Buffer.from([0x81, 0, 0, 7]), typeOf(ip), ip]),
  },
  cooked: { linkType: 113, wrap: (ip) => Buffer.concat([Buffer.alloc(14), typeOf(ip), ip]) },
  cooked2: { linkType: 276, wrap: (ip) => Buffer.concat([typeOf(ip), Buffer.alloc(18), ip]) },
}

export type Link = 'loopback' | 'raw' | 'ethernet' | 'vlan' | 'cooked' | 'cooked2'

/** A frame with its time in milliseconds. */
export interface TimedFrame {
  readonly timeMs: number
  readonly bytes: Buffer
}

/** The segments as frames of Ethernet, a millisecond apart. */
export function frames(
  plans: readonly SegmentPlan[],
  link: Link = 'ethernet',
): readonly TimedFrame[] {
  return plans.map((plan, index) => {
    const whole = LINKS[link].wrap(ipv4Bytes(plan))
    const bytes = whole.subarray(0, whole.length - (plan.snapped ?? 0))
    return { timeMs: 1_700_000_000_000 + index, bytes }
  })
}

/** What a file says in its header. */
export interface FilePlan {
  readonly linkType?: number
  readonly littleEndian?: boolean
  readonly nanoseconds?: boolean
}

/** A file of tcpdump. */
export function pcapFile(
  content: readonly TimedFrame[],
  { linkType = 1, littleEndian = true, nanoseconds = false }: FilePlan = {},
): Buffer {
  const u32 = (...values: readonly number[]) => numbers32(values, littleEndian)
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const records = content.map(({ timeMs, bytes }) => {
    const fraction = Math.round((timeMs % 1000) * (nanoseconds ? 1_000_000 : 1000))
    const head = u32(Math.floor(timeMs / 1000), fraction, bytes.length, bytes.length)
    return Buffer.concat([head, bytes])
  })
  // The major version is 2 and the minor 4, each in two bytes.
  const version = littleEndian ? 0x0004_0002 : 0x0002_0004
  return Buffer.concat([u32(magic, version, 0, 0, 262_144, linkType), ...records])
}

/** A file of Wireshark: a section, an interface with nanoseconds, and a block for each frame. */
export function pcapngFile(
  content: readonly TimedFrame[],
  { linkType = 1, littleEndian = true }: FilePlan = {},
): Buffer {
  const u32 = (...values: readonly number[]) => numbers32(values, littleEndian)
  const u16 = (...values: readonly number[]) => numbers16(values, littleEndian)
  const block = (type: number, body: Buffer): Buffer => {
    const padding = Buffer.alloc((4 - (body.length % 4)) % 4)
    const length = 12 + body.length + padding.length
    return Buffer.concat([u32(type, length), body, padding, u32(length)])
  }
  const section = block(
    0x0a0d0d0a,
    Buffer.concat([u32(0x1a2b3c4d), u16(1, 0), u32(0xffffffff, 0xffffffff)]),
  )
  const resolution = Buffer.concat([u16(9, 1), Buffer.from([9, 0, 0, 0]), u16(0, 0)])
  const description = block(1, Buffer.concat([u16(linkType, 0), u32(0), resolution]))
  const comment = block(0x0bad, Buffer.from('of no interest'))
  const packets = content.map(({ timeMs, bytes }) => {
    const units = BigInt(timeMs) * 1_000_000n
    const head = u32(
      0,
      Number(units >> 32n),
      Number(units & 0xffff_ffffn),
      bytes.length,
      bytes.length,
    )
    return block(6, Buffer.concat([head, bytes]))
  })
  return Buffer.concat([section, description, comment, ...packets])
}

/** The bytes in chunks of a size. */
export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Everything that comes. */
export async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of source) all.push(each)
  return all
}

function numbers32(values: readonly number[], littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) {
    if (littleEndian) bytes.writeUInt32LE(value, 4 * index)
    else bytes.writeUInt32BE(value, 4 * index)
  }
  return bytes
}

function numbers16(values: readonly number[], littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) {
    if (littleEndian) bytes.writeUInt16LE(value, 2 * index)
    else bytes.writeUInt16BE(value, 2 * index)
  }
  return bytes
}

function typeOf(ip: Buffer): Buffer {
  return Buffer.from((ip[0] ?? 0) >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00])
}

function hostOf(end: string): string {
  return end.slice(0, end.lastIndexOf(':'))
}

function portOf(end: string): number {
  return Number(end.slice(end.lastIndexOf(':') + 1))
}
