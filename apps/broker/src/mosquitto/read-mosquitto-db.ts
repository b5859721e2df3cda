/**
 * Reads `mosquitto.db`, the persistence file of Mosquitto 1.6 to 2.0.
 *
 * Total: any bytes give a state or one error that says what is wrong and where. What it takes in
 * memory is in proportion to the file; payloads stay where they are.
 */
import { readVersion, chunksOf } from './chunk-list.ts'
import type { Chunk } from './chunk-list.ts'
import {
  CHUNK_TYPES,
  readClient,
  readClientMessage,
  readConfiguration,
  readMessage,
  readRetained,
  readSubscription,
} from './chunk-contents.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { MosquittoState } from './mosquitto-state.ts'
import { StateBuilder } from './state-builder.ts'

/** Reads all of a file. @throws {MosquittoDbError} */
export function readMosquittoDb(bytes: Uint8Array): MosquittoState {
  const version = readVersion(bytes)
  const builder = new StateBuilder()
  let clientBytes = version === 5 ? 16 : 24
  for (const chunk of chunksOf(bytes)) {
    if (chunk.type === CHUNK_TYPES.CFG) {
      const ofVersion6 = readConfiguration(new ChunkReader('CFG', bytes, chunk))
      if (version === 6) clientBytes = ofVersion6
    } else {
      readChunk(bytes, chunk, { builder, clientBytes })
    }
  }
  return builder.finish(version)
}

interface Reading {
  readonly builder: StateBuilder
  readonly clientBytes: number
}

function readChunk(bytes: Uint8Array, chunk: Chunk, { builder, clientBytes }: Reading): void {
  const reader = (name: string): ChunkReader => new ChunkReader(name, bytes, chunk)
  switch (chunk.type) {
    case CHUNK_TYPES.MSG_STORE:
      builder.message(readMessage(reader('MSG_STORE')), chunk.from)
      break
    case CHUNK_TYPES.CLIENT:
      builder.session(readClient(reader('CLIENT'), clientBytes), chunk.from)
      break
    case CHUNK_TYPES.CLIENT_MSG:
      builder.clientMessage(readClientMessage(reader('CLIENT_MSG')), chunk.from)
      break
    case CHUNK_TYPES.SUB:
      builder.subscription(readSubscription(reader('SUB')), chunk.from)
      break
    case CHUNK_TYPES.RETAIN:
      builder.retained(readRetained(reader('RETAIN')), chunk.from)
      break
    default:
      builder.skipped(chunk.type, chunk.to - chunk.from)
  }
}
