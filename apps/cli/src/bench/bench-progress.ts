/** A bar on the terminal that says how far a benchmark is. */
import { SingleBar } from 'cli-progress'
import type { BenchProgress } from './bench-run.ts'

const EVERY_MS = 200
const STEPS = 1_000

/** Shows a bar until it is disposed of. */
export function progressBar(stream: NodeJS.WriteStream, progress: () => BenchProgress): Disposable {
  const bar = new SingleBar({
    format: '{phase} [{bar}] {messages} messages, {rate}/s',
    stream,
    barsize: 30,
    barCompleteChar: '#',
    barIncompleteChar: '-',
    clearOnComplete: true,
    hideCursor: true,
    // Signals are the business of the program.
    gracefulExit: false,
  })
  const told = new Told(progress)
  bar.start(STEPS, 0, told.payload(performance.now()))
  const timer = setInterval(() => {
    bar.update(Math.round(STEPS * progress().fraction), told.payload(performance.now()))
  }, EVERY_MS)
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      bar.stop()
    },
  }
}

/** What the bar says beside itself. */
class Told {
  readonly #progress: () => BenchProgress
  #messages = 0
  #at = -Infinity
  #rate = 0

  constructor(progress: () => BenchProgress) {
    this.#progress = progress
  }

  payload(now: number): Readonly<Record<string, string>> {
    const { phase, messages } = this.#progress()
    if (now - this.#at >= RATE_EVERY_MS) {
      const seconds = (now - this.#at) / 1000
      this.#rate = Number.isFinite(seconds) ? (messages - this.#messages) / seconds : 0
      this.#messages = messages
      this.#at = now
    }
    return {
      phase,
      messages: messages.toLocaleString('en'),
      rate: Math.round(this.#rate).toLocaleString('en'),
    }
  }
}

const RATE_EVERY_MS = 1_000
