/**
 * The broker as a process of its own: started, killed, started again on the same directory. What it
 * prints to stderr goes to a file, over all its lives.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fillIn, mosquittoConfiguration, wantsPort } from './broker-command.ts'
import type { Places, Template } from './broker-command.ts'

// Nothing survives a campaign, even one that is broken off.
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** One broker with its directory, alive or not. */
export class BrokerProcess implements AsyncDisposable {
  /** The directory with `data` and `broker.log`. */
  readonly directory: string
  readonly #template: Template
  #child: ChildProcess | undefined
  #port: number | undefined
  #fixedPort = 0
  #abandoned = false

  constructor(template: Template, directory: string) {
    this.directory = directory
    this.#template = template
  }

  /** Where it listens; `undefined` while it does not. */
  get port(): number | undefined {
    return this.#port
  }

  /** Whether there is a process. */
  get isAlive(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get #log(): string {
    return join(this.directory, 'broker.log')
  }

  /** The last lines of the log. */
  get lastWords(): string {
    return readFileSync(this.#log, 'utf8').split('\n').slice(-LAST_LINES).join('\n').trim()
  }

  /** Makes a process, which then starts at its leisure. @throws {Error} if it was abandoned. */
  async spawn(): Promise<void> {
    if (this.#abandoned) throw new Error('The broker is not started again: the run is over')
    const [program = '', ...args] = fillIn(this.#template, await this.#places())
    const log = openSync(this.#log, 'a')
    // The conditions of a test run would lead a Node program to the sources.
    const env = { ...process.env, NODE_OPTIONS: '' }
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', log], env })
    closeSync(log)
    running.add(child)
    this.#child = child
    const end = (error?: unknown): void => {
      if (error instanceof Error) appendFileSync(this.#log, `${error.message}\n`)
      running.delete(child)
      if (this.#child !== child) return
      this.#child = undefined
      this.#port = undefined
    }
    child.once('error', end).once('exit', () => end())
    this.#listen(child)
  }

  /** Waits until it listens. @throws {Error} if it does not within 30 s, or ends. */
  async listening(): Promise<void> {
    const deadline = performance.now() + START_MS_MAX
    while (this.#port === undefined) {
      if (!this.isAlive) throw new Error(`The broker ended at its start. ${this.lastWords}`)
      if (performance.now() > deadline) {
        throw new Error(`The broker did not listen after ${START_MS_MAX} ms. ${this.lastWords}`)
      }
      await delay(LOOK_MS)
    }
  }

  /**
   * Sends a signal and waits for the end. @throws {Error} if the broker does not heed SIGTERM
   * within 10 s, or ends with an exit code other than 0 then.
   */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const ended = once(child, 'exit')
    this.#port = undefined
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX)
    const [code, cause]: (number | string | null)[] = await ended
    clearTimeout(timer)
    if (signal === 'SIGKILL' || code === 0 || cause === signal) return
    const how =
      code === null ? `had to be killed after ${END_MS_MAX} ms` : `ended with ${String(code)}`
    throw new Error(`The broker ${how} after SIGTERM. ${this.lastWords}`)
  }

  /** Kills it for good: it cannot be started again. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon()
  }

  async #places(): Promise<Places> {
    const data = join(this.directory, 'data')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const mosquitto = join(this.directory, 'mosquitto.conf')
    if (wantsPort(this.#template) && this.#fixedPort === 0) this.#fixedPort = await freePort()
    const port = this.#fixedPort
    writeFileSync(mosquitto, mosquittoConfiguration({ port, data }))
    return { port, data, mosquitto }
  }

  #listen(child: ChildProcess): void {
    let printed = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const port = /^listening mqtt:\/\/\S+:(\d+)$/m.exec(printed)?.[1]
      if (port !== undefined && this.#child === child) this.#port ??= Number(port)
    })
    if (this.#fixedPort !== 0) void this.#knock(child)
  }

  /** A broker that does not print its port is asked. */
  async #knock(child: ChildProcess): Promise<void> {
    while (this.#child === child && this.#port === undefined) {
      if (await answers(this.#fixedPort)) this.#port = this.#fixedPort
      else await delay(LOOK_MS)
    }
  }
}

const LOOK_MS = 10
const START_MS_MAX = 30_000
const END_MS_MAX = 10_000
const LAST_LINES = 6

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port')
  return address.port
}
