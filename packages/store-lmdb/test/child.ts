/** A process of its own that runs a script of this directory, and what it says line by line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** A process that is killed at the end, if it is still there. */
export class Child implements AsyncDisposable {
  readonly lines: AsyncIterableIterator<string>
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #exit: Promise<unknown>

  /** Runs `script` with these arguments. */
  constructor(script: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
    const argv = [...flags, '--conditions=@godwit/source', path, ...args]
    this.#process = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exit = once(this.#process, 'exit')
    this.lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The next line. */
  async line(): Promise<string> {
    const { value } = await this.lines.next()
    return String(value)
  }

  /** All lines that are left, once it has ended. */
  async rest(): Promise<string[]> {
    const lines: string[] = []
    for await (const line of this.lines) lines.push(line)
    return lines
  }

  /** Ends its input, upon which it ends. */
  async end(): Promise<void> {
    this.#process.stdin.end()
    await this.#exit
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exit
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
