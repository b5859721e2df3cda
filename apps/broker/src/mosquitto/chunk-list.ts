/**
 * The outside of `mosquitto.db`: a header, then chunks to the end of the file.
 *
 *     00 B5 00 "mosquitto db"   15 bytes
 *     checksum                   4 bytes   always 0
 *     version                    4 bytes   5 (Mosquitto 1.6) or 6 (2.0)
 *     chunk ...
 *
 *     chunk:   type 4 | length 4 | body of so many bytes
 *
 * There is no end mark: a file that was cut between two chunks cannot be told from a whole one.
 * Mosquitto avoids that, for it writes a new file and renames it.
 */
import type { ChunkBounds } from './chunk-reader.ts'
import { damaged, MosquittoDbError } from './mosquitto-db-error.ts'

/** A chunk, of any type. */
export interface Chunk extends ChunkBounds {
  readonly type: number
}

/** Reads the header. @throws {MosquittoDbError} */
export function readVersion(bytes: Uint8Array): 5 | 6 {
  const wrong = MAGIC.findIndex((byte, index) => bytes[index] !== byte)
  if (wrong !== -1) throw strange(bytes, wrong)
  if (bytes.length < HEADER_BYTES) throw damaged('The file ends within its header', bytes.length)
  const version = viewOf(bytes).getUint32(VERSION_AT)
  if (version !== 5 && version !== 6) {
    throw new MosquittoDbError(
      `The file has version ${version} of its format, and only 5 and 6 can be read: start ` +
        'Mosquitto 2.0 with it and stop it, which writes version 6',
      VERSION_AT,
    )
  }
  return version
}

/** The chunks behind the header, in order. @throws {MosquittoDbError} at one that is cut off. */
export function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes)
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const from = at + CHUNK_HEADER_BYTES
    if (from > bytes.length) throw damaged('The file ends within the header of a chunk', at)
    const to = from + view.getUint32(at + 4)
    if (to > bytes.length) {
      throw damaged(`A chunk ends at byte ${to}, behind the end of the file`, at)
    }
    yield { type: view.getUint32(at), from, to }
    at = to
  }
}

const MAGIC: readonly number[] = [0x00, 0xb5, 0x00, ...new TextEncoder().encode('mosquitto db')]
const VERSION_AT = MAGIC.length + 4
const HEADER_BYTES = VERSION_AT + 4
const CHUNK_HEADER_BYTES = 8

function strange(bytes: Uint8Array, at: number): MosquittoDbError {
  const what =
    bytes.length === 0
      ? 'The file is empty'
      : 'The file does not begin as a persistence file of Mosquitto does'
  return new MosquittoDbError(`${what}: give the mosquitto.db in its persistence_location`, at)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
