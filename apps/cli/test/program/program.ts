/** A program that a test started: what it prints, how it ends, and that it ends. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How a program ended, and what it had printed. */
export interface Outcome extends Ending {
  readonly stdout: string
  readonly stderr: string
}

const PATIENCE_MS = 20_000

// Nothing survives a test run, even one that is broken off.
const running = new Set<ChildProcessWithoutNullStreams>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A child process. Disposing of it ends it by its own process id. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ending>
  readonly #command: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #printed = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  #over = false
  #changed: () => void = () => {}

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#command = command
    this.#child = spawn(command, args, { env: { ...cleanEnvironment(), ...environment } })
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream].on('data', (chunk: Buffer) => {
        this.#printed[stream] = Buffer.concat([this.#printed[stream], chunk])
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

  /** Its process id. */
  get pid(): number {
    return this.#child.pid!
  }

  /** What it has printed, as text. */
  get stdout(): string {
    return this.#printed.stdout.toString()
  }

  /** The same, as bytes. */
  get stdoutBytes(): Buffer {
    return this.#printed.stdout
  }

  /** What it has said. */
  get stderr(): string {
    return this.#printed.stderr.toString()
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

  /** Leaves what the program prints where it is, so that the pipe fills. */
  stopReading(): void {
    this.#child.stdout.pause()
  }

  /** Goes on after that. */
  goOnReading(): void {
    this.#child.stdout.resume()
  }

  /** Closes the reading end of its output, as `head` does. */
  leave(): void {
    this.#child.stdout.destroy()
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The first match in what was printed, waiting for it if need be. */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    return this.until(`print ${String(pattern)}`, () =>
      pattern.exec(this.#printed[stream].toString()),
    )
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

  /** Waits for its end. */
  async outcome(): Promise<Outcome> {
    const timer = setTimeout(() => this.signal('SIGKILL'), PATIENCE_MS)
    const ending = await this.ended
    clearTimeout(timer)
    return { ...ending, stdout: this.stdout, stderr: this.stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#child.kill('SIGKILL')
    await this.ended.catch(() => {})
  }

  #disappointment(what: string): string {
    const end = (text: string): string => text.slice(-2_000)
    const verb = this.#over ? 'ended and did not' : `did not within ${PATIENCE_MS} ms`
    return `${this.#command} ${verb} ${what}\nstdout: ${end(this.stdout)}\nstderr: ${end(this.stderr)}`
  }
}

/**
 * The conditions of the test run would lead a Node program to the sources, and the configuration of
 * whoever runs the tests would lead ours anywhere.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GODWIT_'))
  return {
    ...Object.fromEntries(kept),
    NODE_OPTIONS: '',
    XDG_CONFIG_HOME: '/nonexistent',
    NO_COLOR: '',
    FORCE_COLOR: '',
    TZ: 'UTC',
  }
}
