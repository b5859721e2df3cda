/** A program that a test started: what it prints, how it ends, and that it ends. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const PATIENCE_MS = 15_000

// Nothing survives a test run, even one that is broken off.
const running = new Set<ChildProcessWithoutNullStreams>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A child process. Disposing of it ends it by its own process id. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ending>
  readonly #command: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #printed = { stdout: '', stderr: '' }
  #over = false
  #changed: () => void = () => {}

  constructor(command: string, args: readonly string[]) {
    this.#command = command
    // The conditions of the test run would lead a Node program to the sources.
    this.#child = spawn(command, args, { env: { ...process.env, NODE_OPTIONS: '' } })
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream].setEncoding('utf8').on('data', (text: string) => {
        this.#printed[stream] += text
        this.#changed()
      })
    }
    running.add(this.#child)
    this.#child.stdin.on('error', () => {})
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this.#child)
      this.#over = true
      this.#changed()
      return { code, signal }
    })
    this.ended.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid!
  }

  get stdout(): string {
    return this.#printed.stdout
  }

  get stderr(): string {
    return this.#printed.stderr
  }

  /** Gives the program a line of input; more may follow. */
  say(line: string): this {
    this.#child.stdin.write(`${line}\n`)
    return this
  }

  /** Gives the program all its input at once. */
  input(bytes: string | Uint8Array = ''): this {
    this.#child.stdin.end(bytes)
    return this
  }

  /** Leaves what the program prints on a stream where it is, so that the pipe fills. */
  stopReading(stream: 'stdout' | 'stderr'): void {
    this.#child[stream].pause()
  }

  /** Closes the reading end of a stream, as `head` does. */
  leave(stream: 'stdout' | 'stderr'): void {
    this.#child[stream].destroy()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The first match in what was printed, waiting for it if need be. */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    return this.until(`print ${String(pattern)}`, () => pattern.exec(this.#printed[stream]))
  }

  /** The first value that `find` gives, asked again whenever something was printed. */
  async until<T>(what: string, find: () => T | null | undefined): Promise<T> {
    const timeout = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const found = find() ?? undefined
      if (found !== undefined) return found
      if (this.#over || timeout.aborted) throw new Error(this.#disappointment(what))
      await new Promise<void>((resolve) => {
        const before = this.#changed
        this.#changed = () => {
          before()
          resolve()
        }
        timeout.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#child.kill('SIGKILL')
    await this.ended.catch(() => {})
  }

  #disappointment(what: string): string {
    const { stdout, stderr } = this.#printed
    const end = (text: string): string => text.slice(-2_000)
    const verb = this.#over ? 'ended and did not' : `did not within ${PATIENCE_MS} ms`
    return `${this.#command} ${verb} ${what}\nstdout: ${end(stdout)}\nstderr: ${end(stderr)}`
  }
}
