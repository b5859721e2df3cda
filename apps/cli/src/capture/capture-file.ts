/** A capture file of either format, as segments of TCP. */
import type { ByteSource } from './byte-source.ts'
import type { CapturedFrame } from './captured-frame.ts'
import { isPcap, readPcap } from './pcap.ts'
import { isPcapng, readPcapng } from './pcapng.ts'
import { isKnownLinkType, segmentOf } from './tcp-segment.ts'
import type { TcpSegment } from './tcp-segment.ts'

/** Whether a file that begins with these bytes, at least four, is a capture. */
export function isCapture(beginning: Uint8Array): boolean {
  return isPcap(beginning) || isPcapng(beginning)
}

/** What was read of a capture, for its last line. */
export interface CaptureCounts {
  frames: number
  /** Frames that hold no TCP, or hold it in a way that is not known here. */
  otherFrames: number
  /** The link types among them that are not known here. */
  readonly unknownLinkTypes: Set<number>
}

/** The segments of a capture, in its order. @throws {CaptureError} where it cannot be read on. */
export async function* readSegments(
  source: ByteSource,
  counts: CaptureCounts,
): AsyncGenerator<TcpSegment> {
  for await (const frame of readFrames(source)) {
    counts.frames++
    const segment = segmentOf(frame)
    if (segment !== undefined) {
      yield segment
    } else {
      counts.otherFrames++
      if (!isKnownLinkType(frame.linkType)) counts.unknownLinkTypes.add(frame.linkType)
    }
  }
}

async function* readFrames(source: ByteSource): AsyncGenerator<CapturedFrame> {
  const beginning = await source.peek(4)
  yield* isPcap(beginning) ? readPcap(source) : readPcapng(source)
}
