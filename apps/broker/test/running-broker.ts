/** The built app as its own process, which is how its users have it. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Program } from './program.ts'
import type { Ending } from './program.ts'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** `godwit-broker` with these flags, which may be about to fail; it keeps nothing. */
export function godwitBroker(...flags: readonly string[]): Program {
  return godwit('--durability', 'memory', ...flags)
}

/** `godwit-broker` with these arguments and no other: mind where it keeps things. */
export function godwit(...args: readonly string[]): Program {
  return godwitWithInput('', ...args)
}

/** The same, which is given something to read. */
export function godwitWithInput(input: string | Uint8Array, ...args: readonly string[]): Program {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm test, which builds first`)
  return new Program(process.execPath, [MAIN, ...args]).input(input)
}

/** A broker that listens. */
export interface RunningBroker extends AsyncDisposable {
  readonly program: Program
  /** The port of TCP. */
  readonly port: number
  readonly tcpUrl: string
  readonly wsUrl: string
}

/** Starts a broker at free ports of TCP and WebSocket, and waits until it listens. */
export async function startBroker(...flags: readonly string[]): Promise<RunningBroker> {
  return listening(godwitBroker('--port', '0', '--ws-port', '0', ...flags))
}

/** The same for a broker that keeps what it is told in this directory. */
export async function startDurableBroker(
  directory: string,
  ...flags: readonly string[]
): Promise<RunningBroker> {
  return listening(godwit('--port', '0', '--ws-port', '0', '--data', directory, ...flags))
}

async function listening(program: Program): Promise<RunningBroker> {
  try {
    const [, tcpUrl = ''] = await program.printed(/^listening (mqtt:\S+)$/m)
    const [, wsUrl = ''] = await program.printed(/^listening (ws:\S+)$/m)
    const port = Number(new URL(tcpUrl).port)
    const dispose = (): Promise<void> => program[Symbol.asyncDispose]()
    return { program, port, tcpUrl, wsUrl, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

/** What the app printed, and how it ended by itself. */
export async function run(...flags: readonly string[]): Promise<Ending & Printed> {
  return outcomeOf(godwitBroker(...flags))
}

/** The same for any program. */
export async function outcomeOf(started: Program): Promise<Ending & Printed> {
  await using program = started
  const ending = await program.ended
  return { ...ending, stdout: program.stdout, stderr: program.stderr }
}

/** What a program printed. */
export interface Printed {
  readonly stdout: string
  readonly stderr: string
}
