/** Frames to TCP segments: link layer, IPv4 or IPv6, TCP. What is anything else is passed over. */
import type { CapturedFrame } from './captured-frame.ts'
import { viewOf } from './captured-frame.ts'

/** One end of a connection, such as `192.0.2.7:1883` or `[2001:db8::7]:1883`. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** A segment of TCP (RFC 9293, section 3.1). */
export interface TcpSegment {
  readonly timeMs: number
  readonly from: Endpoint
  readonly to: Endpoint
  readonly sequence: number
  /** What the sender has had from the other end so far; `undefined` without the flag ACK. */
  readonly acknowledgement: number | undefined
  readonly syn: boolean
  readonly fin: boolean
  readonly rst: boolean
  readonly payload: Uint8Array
  /** How many bytes of payload were sent but not captured. */
  readonly missingBytes: number
}

/** The segment in a frame, if there is one. */
export function segmentOf(frame: CapturedFrame): TcpSegment | undefined {
  const packet = networkPacketOf(frame)
  if (packet === undefined || packet.length < 1) return undefined
  const version = (packet[0] ?? 0) >> 4
  const content = version === 4 ? ipv4(packet) : version === 6 ? ipv6(packet) : undefined
  return content === undefined ? undefined : tcp(frame.timeMs, content)
}

/** What IP carries: addresses, and the bytes of TCP with the length that they should have. */
interface Content {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
  readonly length: number
}

const TCP = 6
const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPES_VLAN: readonly number[] = [0x8100, 0x88a8]

/** Link types by their number, with the offset of the IP packet and of the type in front of it. */
const LINK_TYPES: ReadonlyMap<number, LinkType> = new Map([
  [0, { bytes: 4 }], // BSD loopback: the family of addresses, in the byte order of the host.
  [108, { bytes: 4 }], // OpenBSD loopback: the same in network byte order.
  [1, { bytes: 14, etherTypeAt: 12 }], // Ethernet.
  [113, { bytes: 16, etherTypeAt: 14 }], // Linux cooked, version 1.
  [276, { bytes: 20, etherTypeAt: 0 }], // Linux cooked, version 2.
  [12, { bytes: 0 }], // Raw IP, with three numbers on different systems.
  [14, { bytes: 0 }],
  [101, { bytes: 0 }],
  [228, { bytes: 0 }], // IPv4.
  [229, { bytes: 0 }], // IPv6.
])

interface LinkType {
  readonly bytes: number
  readonly etherTypeAt?: number
}

/** Whether frames of this type can be read. */
export function isKnownLinkType(linkType: number): boolean {
  return LINK_TYPES.has(linkType)
}

function networkPacketOf({ linkType, bytes }: CapturedFrame): Uint8Array | undefined {
  const link = LINK_TYPES.get(linkType)
  if (link === undefined || bytes.length < link.bytes) return undefined
  if (link.etherTypeAt === undefined) return bytes.subarray(link.bytes)
  const view = viewOf(bytes)
  let etherType = view.getUint16(link.etherTypeAt)
  let at = link.bytes
  while (ETHERTYPES_VLAN.includes(etherType) && at + 4 <= bytes.length) {
    etherType = view.getUint16(at + 2)
    at += 4
  }
  const isIp = etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6
  return isIp ? bytes.subarray(at) : undefined
}

/** RFC 791. Fragments are passed over: TCP hardly ever has any. */
function ipv4(packet: Uint8Array): Content | undefined {
  if (packet.length < 20) return undefined
  const view = viewOf(packet)
  const headerLength = (view.getUint8(0) & 0x0f) * 4
  const isFragment = (view.getUint16(6) & 0x3fff) !== 0
  if (view.getUint8(9) !== TCP || isFragment || headerLength < 20) return undefined
  // Where the network card cuts segments, what is captured before it has no length yet.
  const totalLength = view.getUint16(2) || packet.length
  return {
    from: packet.subarray(12, 16).join('.'),
    to: packet.subarray(16, 20).join('.'),
    bytes: packet.subarray(headerLength, totalLength),
    length: totalLength - headerLength,
  }
}

/** RFC 8200, section 4: extension headers in front of TCP are passed over, fragments left out. */
function ipv6(packet: Uint8Array): Content | undefined {
  if (packet.length < 40) return undefined
  const view = viewOf(packet)
  const end = 40 + (view.getUint16(4) || packet.length - 40)
  let next = view.getUint8(6)
  let at = 40
  while (EXTENSION_HEADERS.includes(next)) {
    if (at + 2 > packet.length) return undefined
    next = view.getUint8(at)
    at += 8 + view.getUint8(at + 1) * 8
  }
  if (next !== TCP) return undefined
  return {
    from: ipv6Text(packet.subarray(8, 24)),
    to: ipv6Text(packet.subarray(24, 40)),
    bytes: packet.subarray(at, end),
    length: end - at,
  }
}

/** Hop-by-hop options, routing, destination options. */
const EXTENSION_HEADERS: readonly number[] = [0, 43, 60]

/** The address as RFC 5952 has it, in brackets. */
function ipv6Text(address: Uint8Array): string {
  const view = viewOf(address)
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16))
  return `[${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}]`
}

function tcp(timeMs: number, { from, to, bytes, length }: Content): TcpSegment | undefined {
  if (bytes.length < 20) return undefined
  const view = viewOf(bytes)
  const headerLength = (view.getUint8(12) >> 4) * 4
  if (headerLength < 20 || headerLength > length) return undefined
  const flags = view.getUint8(13)
  const payload = bytes.subarray(headerLength, length)
  return {
    timeMs,
    from: { host: from, port: view.getUint16(0) },
    to: { host: to, port: view.getUint16(2) },
    sequence: view.getUint32(4),
    acknowledgement: (flags & ACK) === 0 ? undefined : view.getUint32(8),
    syn: (flags & SYN) !== 0,
    fin: (flags & FIN) !== 0,
    rst: (flags & RST) !== 0,
    payload,
    missingBytes: length - headerLength - payload.length,
  }
}

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10
