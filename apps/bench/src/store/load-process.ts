/** Runs a load of our own as a process, pinned where the loads are, and reads its figures. */
import { fileURLToPath } from 'node:url'
import { type Figures, figuresIn, printedBy } from '../loader.ts'
import type { FanoutOrder } from './fanout-process.ts'
import type { Bench } from './rounds.ts'
import type { SessionsOrder } from './sessions-process.ts'

/** Runs the offline fan-out. @throws {Error} if it did not get to its end. */
export async function runFanout(bench: Bench, order: FanoutOrder): Promise<Figures> {
  return runProgram(bench, 'fanout-process.ts', order)
}

/** Makes sessions, or lets them come back. @throws {Error} likewise. */
export async function runSessions(bench: Bench, order: SessionsOrder): Promise<Figures> {
  return runProgram(bench, 'sessions-process.ts', order)
}

/** 100,000 sessions took 35 s to make when the disk was slow. */
const TIMEOUT_MS = 300_000

async function runProgram(
  { pinning, signal }: Bench,
  name: string,
  order: FanoutOrder | SessionsOrder,
): Promise<Figures> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const command = [...pinning, process.execPath, program, JSON.stringify(order)]
  return figuresIn(await printedBy(command, TIMEOUT_MS, signal))
}
