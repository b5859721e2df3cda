/** A broker in a process of its own: started, awaited, and ended whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How a broker is started. */
export interface BrokerCommand {
  readonly name: string
  readonly command: readonly string[]
  /** Absent if the broker picks one and prints it in a line `listening mqtt://HOST:PORT`. */
  readonly port?: number
  /** How long it may take until it answers. 10 s if absent. */
  readonly startTimeoutMs?: number
  /** How long it may take to end when it is asked to; then it is killed. 5 s if absent. */
  readonly stopTimeoutMs?: number
}

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 5_000
const RETRY_MS = 10

/** A broker that takes connections on loopback. */
export class ChildBroker implements AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** From the start of its process until it answered, to 10 ms. */
  readonly startedInMs: number
  readonly #child: ChildProcess
  readonly #stopTimeoutMs: number

  private constructor(
    { name, stopTimeoutMs = STOP_TIMEOUT_MS }: BrokerCommand,
    child: ChildProcess,
    { pid, port, startedInMs }: Pick<ChildBroker, 'pid' | 'port' | 'startedInMs'>,
  ) {
    this.name = name
    this.#child = child
    this.pid = pid
    this.port = port
    this.startedInMs = startedInMs
    this.#stopTimeoutMs = stopTimeoutMs
  }

  /** Starts a broker and waits until it answers. @throws {Error} if it does not in time. */
  static async start(broker: BrokerCommand, signal: AbortSignal): Promise<ChildBroker> {
    const [program = '', ...args] = broker.command
    const startedAt = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
    const output = new Output(child)
    try {
      const port = await answeringPort(broker, output)
      const { pid } = child
      if (pid === undefined) throw new Error(output.ending)
      return new ChildBroker(broker, child, {
        pid,
        port,
        startedInMs: performance.now() - startedAt,
      })
    } catch (cause) {
      await end(child, STOP_TIMEOUT_MS)
      throw new Error(`${broker.name} did not start: ${output.ending}`, { cause })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child, this.#stopTimeoutMs)
  }
}

const KEPT_CHARACTERS = 2_000

/** The last of what a process printed, and whether it still runs. */
class Output {
  text = ''
  ended = false

  constructor(child: ChildProcess) {
    const keep = (chunk: Buffer): void => {
      this.text = (this.text + chunk.toString()).slice(-KEPT_CHARACTERS)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => {
      this.text += `\n${error.message}`
      this.ended = true
    })
    child.on('exit', () => {
      this.ended = true
    })
  }

  /** What it died of, if that can be told from what it printed. */
  get ending(): string {
    const lines = this.text.split('\n').filter((line) => line.trim() !== '')
    return (
      lines.find((line) => /\berror\b|Error:|Error \[/i.test(line)) ?? lines.at(-1) ?? 'no word'
    )
  }

  get announcedPort(): number | undefined {
    const port = /^listening mqtt:\/\/\S+:(\d+)\s*$/m.exec(this.text)?.[1]
    return port === undefined ? undefined : Number(port)
  }
}

async function answeringPort(broker: BrokerCommand, output: Output): Promise<number> {
  const timeoutMs = broker.startTimeoutMs ?? START_TIMEOUT_MS
  const deadline = performance.now() + timeoutMs
  while (!output.ended && performance.now() < deadline) {
    const port = broker.port ?? output.announcedPort
    if (port !== undefined && (await answers(port))) return port
    await delay(RETRY_MS)
  }
  throw new Error(output.ended ? 'It ended' : `It took more than ${timeoutMs} ms`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function end(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const killing = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  await ended
  clearTimeout(killing)
}
