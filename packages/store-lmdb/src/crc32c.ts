/**
 * CRC-32C (Castagnoli), as in iSCSI (RFC 3720, appendix B.4) and ext4: what is read from a disk is
 * compared with it. Eight bytes a step with eight tables, which is 0.9 GB/s, or 0.24 us for an
 * entry of 200 bytes (Node 24, a small virtual machine). Node's `zlib.crc32` is of another
 * polynomial.
 */

/**
 * The CRC-32C of `bytes[start..end)`, as a whole number below 2^32. Give the CRC of what stands
 * before as `before` to go on from there.
 */
export function crc32c(
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length,
  before: number = 0,
): number {
  let crc = ~before
  let at = start
  for (const last = end - 7; at < last; at += 8) {
    const low =
      crc ^
      (byte(bytes, at) |
        (byte(bytes, at + 1) << 8) |
        (byte(bytes, at + 2) << 16) |
        (byte(bytes, at + 3) << 24))
    crc =
      entry(T7, low & 0xff) ^
      entry(T6, (low >>> 8) & 0xff) ^
      entry(T5, (low >>> 16) & 0xff) ^
      entry(T4, low >>> 24) ^
      entry(T3, byte(bytes, at + 4)) ^
      entry(T2, byte(bytes, at + 5)) ^
      entry(T1, byte(bytes, at + 6)) ^
      entry(T0, byte(bytes, at + 7))
  }
  for (; at < end; at++) crc = entry(T0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78

const T0 = firstTable()
const T1 = nextTable(T0)
const T2 = nextTable(T1)
const T3 = nextTable(T2)
const T4 = nextTable(T3)
const T5 = nextTable(T4)
const T6 = nextTable(T5)
const T7 = nextTable(T6)

function firstTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, value) => {
    let crc = value
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    return crc
  })
}

/** What a byte does to the CRC from one byte further away. */
function nextTable(table: Int32Array): Int32Array {
  return table.map((crc) => entry(T0, crc & 0xff) ^ (crc >>> 8))
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function entry(table: Int32Array, at: number): number {
  return table[at] ?? 0
}
