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
}

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 5_000
const RETRY_MS = 25

/** A broker that takes connections on loopback. */
export class ChildBroker implements AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly port: number
  readonly #child: ChildProcess

  private constructor(name: string, child: ChildProcess, pid: number, port: number) {
    this.name = name
    this.#child = child
    this.pid = pid
    this.port = port
  }

  /** Starts a broker and waits until it answers. @throws {Error} if it does not within 10 s. */
  static async start(broker: BrokerCommand, signal: AbortSignal): Promise<ChildBroker> {
    const [program = '', ...args] = broker.command
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
    const output = new Output(child)
    try {
      const port = await answeringPort(broker, output)
      if (child.pid === undefined) throw new Error(output.ending)
      return new ChildBroker(broker.name, child, child.pid, port)
    } catch (cause) {
      await end(child)
      throw new Error(`${broker.name} did not start: ${output.ending}`, { cause })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child)
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
  const deadline = performance.now() + START_TIMEOUT_MS
  while (!output.ended && performance.now() < deadline) {
    const port = broker.port ?? output.announcedPort
    if (port !== undefined && (await answers(port))) return port
    await delay(RETRY_MS)
  }
  throw new Error(output.ended ? 'It ended' : `It took more than ${START_TIMEOUT_MS} ms`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(killing)
}
