// The header of a WebSocket frame from a server (RFC 6455, 5.2): unmasked, so the payload needs no
// change and can be sent from where it lies.
//
//     FIN RSV opcode | 0 length (7 bits) | 2 bytes of length if 126, 8 if 127
//     1   000 0010

/** The header of a whole binary message of `length` bytes. */
export function binaryFrameHeader(length: number): Uint8Array {
  if (length <= 125) return Buffer.from([FIN_BINARY, length])
  if (length <= 0xffff) {
    const header = Buffer.allocUnsafe(4)
    header[0] = FIN_BINARY
    header[1] = 126
    header.writeUInt16BE(length, 2)
    return header
  }
  const header = Buffer.allocUnsafe(10)
  header[0] = FIN_BINARY
  header[1] = 127
  header.writeUInt16BE(0, 2)
  header.writeUIntBE(length, 4, 6)
  return header
}

const FIN_BINARY = 0x82
