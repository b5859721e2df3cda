/** mqtt-load, the load generator: how it is called, and what it says, as one line of JSON. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { resolve as resolvePath } from 'node:path'

/** The figures of one run that are shown, and what must be zero for them to mean anything. */
export interface LoadReport {
  readonly brokerCpuUs: number
  readonly deliveredPerSecond: number
  /** What the publishers got acknowledged; 0 at QoS 0. */
  readonly acknowledgedPerSecond: number
  readonly loaderCpuPercent: number
  /** What went wrong, such as `lost 3`; empty when nothing did. */
  readonly faults: readonly string[]
}

/** What a loader needs to know to put a broker under load. */
export interface Load {
  readonly args: readonly string[]
  readonly port: number
  readonly brokerPid: number
  /** By then a run has ended, or something is stuck. 30 if absent. */
  readonly limitS?: number
}

/** Looks a number up by its name. @throws {Error} if there is none. */
export type Figures = (name: string) => number

/** The path of the loader that was given. @throws {Error} that says what is needed, without one. */
export function requireLoader(path: string | undefined): string {
  if (path === undefined || path === '') throw new Error(NO_LOADER)
  const loader = resolvePath(path)
  try {
    accessSync(loader, constants.X_OK)
  } catch (cause) {
    throw new Error(`${loader} is no program that can be run.\n${NO_LOADER}`, { cause })
  }
  return loader
}

const NO_LOADER = `The broker benchmark needs the load generator mqtt-load, a C program that is not
part of this repository. It is built from its one file:
  gcc -O2 -pthread -o mqtt-load mqtt-load.c
Give its path by --loader PATH or in the environment variable MQTT_LOAD.`

/**
 * Runs a loader, behind the command that pins it, and reads its report.
 *
 * @throws {Error} if it did not get as far as a report.
 */
export async function runLoader(
  command: readonly string[],
  load: Load,
  signal: AbortSignal,
): Promise<LoadReport> {
  return parseLoadReport(await loaderOutput(command, load, signal))
}

/** The same for a mode with a report of its own: returns what was printed. */
export async function loaderOutput(
  command: readonly string[],
  { args, port, brokerPid, limitS = LIMIT_S }: Load,
  signal: AbortSignal,
): Promise<string> {
  const flags = ['--port', String(port), '--broker-pid', String(brokerPid), '--json']
  const all = [...command, ...args, ...flags, '--limit', String(limitS)]
  return printedBy(all, (limitS + 10) * 1_000, signal)
}

/** Reads what mqtt-load prints with `--json`. @throws {Error} if that is no report. */
export function parseLoadReport(printed: string): LoadReport {
  const figures = figuresIn(printed)
  return {
    brokerCpuUs: figures('broker_cpu_us_per_op'),
    deliveredPerSecond: figures('delivered_per_s'),
    acknowledgedPerSecond: figures('acked_per_s'),
    loaderCpuPercent: figures('loader_cpu_pct'),
    faults: loaderFaults(figures),
  }
}

/** The numbers in the last line that was printed, a JSON object. @throws {Error} if it is none. */
export function figuresIn(printed: string): Figures {
  const line = printed.trim().split('\n').at(-1) ?? ''
  const report = parseObject(line)
  return (name) => {
    const value = report.get(name)
    if (typeof value === 'number') return value
    throw new Error(`The loader's report has no number ${name}: ${line.slice(0, 200)}`)
  }
}

/** What went wrong, by a report of any mode. */
export function loaderFaults(figures: Figures): string[] {
  return FAULTS.filter((name) => figures(name) !== 0).map((name) => `${name} ${figures(name)}`)
}

const LIMIT_S = 30

const FAULTS = [
  'lost',
  'duplicated',
  'out_of_order',
  'bad',
  'foreign',
  'refused',
  'lost_connections',
] as const

function parseObject(line: string): ReadonlyMap<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    parsed = undefined
  }
  if (typeof parsed === 'object' && parsed !== null) return new Map(Object.entries(parsed))
  throw new Error(`The loader printed no report: ${line.slice(0, 200) || '(nothing)'}`)
}

/**
 * Runs a load to its end and returns what it printed, by whatever code it ended.
 *
 * @throws {Error} with its last words, if it printed nothing.
 */
export function printedBy(
  command: readonly string[],
  timeout: number,
  signal: AbortSignal,
): Promise<string> {
  const [program = '', ...args] = command
  const options = { signal, timeout, killSignal: 'SIGKILL' } as const
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      // A run with lost messages exits 2 and still reports; what it says is judged, not the code.
      if (error === null || stdout.trim() !== '') resolve(stdout)
      else reject(new Error(lastWords(stderr) || error.message, { cause: error }))
    })
  })
}

/** A program of Node's names its error first, and its version last. */
function lastWords(text: string): string {
  const lines = text.trim().split('\n')
  return lines.find((line) => line.includes('Error:')) ?? lines.at(-1) ?? ''
}
