/** Sessions that outlive their connections, many of them: made, and visited when they come back. */
import { setTimeout as delay } from 'node:timers/promises'
import { Link } from './link.ts'

/** Which sessions, and where. They are numbered from 0. */
export interface Sessions {
  readonly port: number
  readonly count: number
}

/** What those that came back were given, all together. */
export interface Welcome {
  /** Those of which the broker knew nothing. */
  readonly absent: number
  /** Different messages, summed over the sessions. */
  readonly received: number
  /** Messages that a session had been given before on this visit. */
  readonly duplicated: number
  readonly seconds: number
}

/** What a visit is for. */
export interface Visit {
  /** The messages that each session waits for. */
  readonly expected: number
  /** How long it stays after that, to see whether there is more. */
  readonly lingerMs: number
}

/** Makes sessions with one subscription each, at QoS 1, which are left at once. */
export async function makeSessions(
  { port, count }: Sessions,
  filterOf: (index: number) => string,
): Promise<void> {
  await inParallel(count, async (index) => {
    const link = await Link.open({ port, clean: false, ...identityOf(index) })
    await link.subscribe(filterOf(index), 1)
    await link.leave()
  })
}

/** Lets every session come back, take its messages and leave. Each message has a `serialOf`. */
export async function visitSessions(
  { port, count }: Sessions,
  { expected, lingerMs }: Visit,
): Promise<Welcome> {
  const startedAt = performance.now()
  let absent = 0
  let received = 0
  let duplicated = 0
  await inParallel(count, async (index) => {
    const inbox = new Inbox(expected)
    const hear = ({ payload }: { payload: Uint8Array }): void => inbox.take(serialOf(payload))
    const link = await Link.open({ port, clean: false, hear, ...identityOf(index) })
    if (!link.sessionPresent) absent++
    await inbox.filled()
    if (lingerMs > 0) await delay(lingerMs)
    await link.leave()
    received += inbox.received
    duplicated += inbox.duplicated
  })
  return { absent, received, duplicated, seconds: (performance.now() - startedAt) / 1_000 }
}

/**
 * What tells messages to one session apart: bytes 4 to 7, where mqtt-load writes the number of a
 * message in its stream. Messages of our own have theirs in the same place.
 */
export function serialOf(payload: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = payload
  return new DataView(buffer, byteOffset, byteLength).getUint32(SERIAL_AT, true)
}

/** A payload of 64 bytes with this serial number. */
export function payloadOf(serial: number): Uint8Array {
  const payload = new Uint8Array(64).fill(0x2e)
  new DataView(payload.buffer).setUint32(SERIAL_AT, serial, true)
  return payload
}

/** Does something for every index, for so many at a time. */
export async function inParallel(
  count: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: Math.min(count, AT_A_TIME) }, work))
}

/** As many as leave the broker no pause; it has more to do than we do. */
const AT_A_TIME = 200

/** A visit without a message for so long waits in vain. */
const PATIENCE_MS = 10_000

/** What one session is given. */
class Inbox {
  readonly #serials = new Set<number>()
  readonly #expected: number
  duplicated = 0
  #onProgress = (): void => {}

  constructor(expected: number) {
    this.#expected = expected
  }

  get received(): number {
    return this.#serials.size
  }

  take(serial: number): void {
    if (this.#serials.has(serial)) this.duplicated++
    this.#serials.add(serial)
    this.#onProgress()
  }

  /** Waits until all is there, or nothing has come for a while. */
  filled(): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, PATIENCE_MS)
      this.#onProgress = () => {
        if (this.received < this.#expected) {
          giveUp.refresh()
          return
        }
        clearTimeout(giveUp)
        resolve()
      }
      this.#onProgress()
    })
  }
}

const SERIAL_AT = 4

interface Identity {
  readonly clientId: string
  readonly from?: string
}

const ADDRESSES = 16

/** Linux takes all of 127.0.0.0/8 for itself; others have one address, and ports for fewer. */
function identityOf(index: number): Identity {
  const clientId = `offline-${index}`
  if (process.platform !== 'linux') return { clientId }
  return { clientId, from: `127.0.1.${1 + (index % ADDRESSES)}` }
}
