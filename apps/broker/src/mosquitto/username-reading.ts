/**
 * The User Names of sessions, of which Mosquitto 2.0.11 and its likes write too many.
 *
 * They do not clear the name of the session before where one has none, and turn the bytes of its
 * length around: 5 is 0x0005 and becomes 0x0500, then 0x0005 again.
 *
 *     alice's session      "alice"
 *     one without a name   "alice" 00 and 1,274 bytes of whatever lay behind it in memory
 *     one without a name   "alice"                          which could be another one of alice's
 *     alice's session      "alice"                          for otherwise it would be long again
 *
 * So a name with U+0000 in it is none, and only the one behind it may be none as well. It is taken
 * for one: a session that is alice's must not become everybody's.
 */
import { damaged } from './mosquitto-db-error.ts'

/** Reads the names in the order of the file. */
export class UsernameReading {
  #untold = 0
  /** What the session before had instead of a name; undefined if it had one, or had nothing. */
  #inherited: string | undefined

  /** How many may be none. */
  get untold(): number {
    return this.#untold
  }

  /** A name, or undefined for none. @throws {MosquittoDbError} */
  read(bytes: Uint8Array, at: number): string | undefined {
    if (bytes.length === 0) return undefined
    const end = bytes.indexOf(0)
    const name = textOf(end === -1 ? bytes : bytes.subarray(0, end), at)
    const before = this.#inherited
    this.#inherited = end === -1 ? undefined : name
    if (end !== -1) return undefined
    if (name === before) this.#untold += 1
    return name
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array, at: number): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw damaged('A User Name in a CLIENT chunk is not text as MQTT knows it', at)
  }
}
