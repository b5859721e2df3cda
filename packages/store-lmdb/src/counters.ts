/**
 * What is true of the whole store after a group, written with each one. The next position is kept
 * although it could be read from the log: nobody may get a position a second time after all of the
 * log was released.
 *
 *     a frame without number whose body is
 *     | next position | revision | entries | their bytes | envelopes |
 *     | f64           | f64      | f64     | f64         | f64       |
 */
import { FRAME_HEAD, type Framed, frameFault, framed, sealFrame, writeLength } from './frames.ts'

/** The counters. */
export interface Counters {
  /** The position that the next entry will have. */
  next: number
  /** That of the newest change of a record. */
  revision: number
  /** The entries of the log, and the bytes in them. */
  entries: number
  bytes: number
  /** The values in LMDB that hold them. */
  envelopes: number
}

/** Those of an empty store. */
export const NO_COUNTERS: Readonly<Counters> = {
  next: 1,
  revision: 0,
  entries: 0,
  bytes: 0,
  envelopes: 0,
}

/** Their bytes. */
export function encodeCounters(counters: Readonly<Counters>): Uint8Array {
  const frame: Framed = framed(new Uint8Array(FRAME_HEAD + BODY_BYTES))
  const { next, revision, entries, bytes, envelopes } = counters
  let at = FRAME_HEAD
  for (const number of [next, revision, entries, bytes, envelopes]) {
    frame.view.setFloat64(at, number, true)
    at += 8
  }
  writeLength(frame.view, 0, BODY_BYTES)
  sealFrame(frame, 0, 0)
  return frame.bytes
}

/** The counters in these bytes; a part of a sentence if they are damaged. */
export function decodeCounters(bytes: Uint8Array): Counters | string {
  const frame = framed(bytes)
  const fault = frameFault(frame, 0)
  if (fault !== undefined) return fault
  if (bytes.length !== FRAME_HEAD + BODY_BYTES) return `they take ${bytes.length} bytes`
  const [next, revision, entries, size, envelopes] = [0, 8, 16, 24, 32].map((at) =>
    frame.view.getFloat64(FRAME_HEAD + at, true),
  )
  return {
    next: next ?? 1,
    revision: revision ?? 0,
    entries: entries ?? 0,
    bytes: size ?? 0,
    envelopes: envelopes ?? 0,
  }
}

const BODY_BYTES = 40
