/**
 * What the wire itself can carry (§1.5, §2.1.4). Limits that an operator may choose are the
 * broker's and the client's, not these.
 */

/** The largest value of a Variable Byte Integer, and so of a Remaining Length (§1.5.5). */
export const VARIABLE_BYTE_INTEGER_MAX = 268_435_455

/** The largest Control Packet in bytes: one type byte, four of Remaining Length, and its body. */
export const PACKET_BYTES_MAX = 268_435_460

/** The largest Two Byte Integer; also the most bytes a UTF-8 string or Binary Data may have. */
export const UINT16_MAX = 65_535

/** The largest Four Byte Integer (§1.5.3). */
export const UINT32_MAX = 4_294_967_295
