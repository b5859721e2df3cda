/**
 * A terminal with a person in front of it. What comes at once, such as all retained messages, is
 * shown as a whole; of what goes on to come faster than anybody reads, a sample and a count.
 */
import type { Colors } from '../terminal.ts'
import { Allowance } from './allowance.ts'
import { counted } from './payload-view.ts'
import type { Screen, Sink } from './screen.ts'

/** Some screens full at once, and then what can just be seen passing by. */
const LINES = { most: 2_000, aSecond: 100 }
/** A terminal draws a megabyte in no time, and more of them not. */
const BYTES = { most: 1024 * 1024, aSecond: 256 * 1024 }
const WINDOW_MS = 1_000

/** Shows as much as a person can see, and how much came beside. */
export class TerminalScreen implements Screen {
  readonly #sink: Sink
  readonly #colors: Colors
  readonly #now: () => number
  readonly #lines: Allowance
  readonly #bytes: Allowance
  #came = 0
  #shown = 0
  /** The terminal has not taken what it was given. */
  #congested = false
  /** A line about the flood stands at the bottom. */
  #hasStatus = false
  /** Runs while there is something to say about a flood. */
  #timer: NodeJS.Timeout | undefined

  constructor(sink: Sink, colors: Colors, now: () => number = () => performance.now()) {
    this.#sink = sink
    this.#colors = colors
    this.#now = now
    this.#lines = new Allowance(LINES.most, LINES.aSecond, now())
    this.#bytes = new Allowance(BYTES.most, BYTES.aSecond, now())
  }

  show(render: () => Uint8Array): undefined {
    const now = this.#now()
    this.#came += 1
    this.#timer ??= setTimeout(() => this.#turnOver(), WINDOW_MS)
    if (this.#congested || !this.#lines.allows(now) || !this.#bytes.allows(now)) return
    const bytes = render()
    this.#shown += 1
    this.#lines.spend(1)
    this.#bytes.spend(bytes.length)
    this.#write(Buffer.concat([Buffer.from(this.#statusRemoval()), bytes]))
  }

  close(): void {
    if (this.#came > this.#shown) this.#turnOver()
    clearTimeout(this.#timer)
    if (this.#hasStatus) this.#write('\n')
    this.#hasStatus = false
  }

  /** Ends a second, with a line about it if not everything of it was shown. */
  #turnOver(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#came > this.#shown && !this.#congested) {
      const shown = `${counted(this.#shown)} of them shown`
      const line = `${counted(this.#came)} messages in a second, ${shown}`
      this.#write(`${this.#statusRemoval()}${this.#colors.dim(line)}`)
      this.#hasStatus = true
    }
    this.#came = 0
    this.#shown = 0
  }

  #statusRemoval(): string {
    if (!this.#hasStatus) return ''
    this.#hasStatus = false
    return '\r\u001b[2K'
  }

  #write(bytes: Uint8Array | string): void {
    if (this.#sink.write(bytes) || this.#congested) return
    this.#congested = true
    this.#sink.once('drain', () => {
      this.#congested = false
    })
  }
}
