/** mqtt-load, the load generator: how it is called, and what it says, as one line of JSON. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { resolve as resolvePath } from 'node:path'

/** The figures of one run that are shown, and what must be zero for them to mean anything. */
export interface LoadReport {
  readonly brokerCpuUs: number
  readonly deliveredPerSecond: number
  readonly loaderCpuPercent: number
  /** What went wrong, such as `lost 3`; empty when nothing did. */
  readonly faults: readonly string[]
}

/** What a loader needs to know to put a broker under load. */
export interface Load {
  readonly args: readonly string[]
  readonly port: number
  readonly brokerPid: number
}

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
  { args, port, brokerPid }: Load,
  signal: AbortSignal,
): Promise<LoadReport> {
  const [program = '', ...rest] = command
  const flags = ['--port', String(port), '--broker-pid', String(brokerPid), '--json']
  const all = [...rest, ...args, ...flags, '--limit', String(LIMIT_S)]
  return parseLoadReport(await printedBy(program, all, signal))
}

/** Reads what mqtt-load prints with `--json`. @throws {Error} if that is no report. */
export function parseLoadReport(printed: string): LoadReport {
  const line = printed.trim().split('\n').at(-1) ?? ''
  const report = parseObject(line)
  const number = (name: string): number => {
    const value = report.get(name)
    if (typeof value === 'number') return value
    throw new Error(`The loader's report has no number ${name}: ${line.slice(0, 200)}`)
  }
  return {
    brokerCpuUs: number('broker_cpu_us_per_op'),
    deliveredPerSecond: number('delivered_per_s'),
    loaderCpuPercent: number('loader_cpu_pct'),
    faults: FAULTS.filter((name) => number(name) !== 0).map((name) => `${name} ${number(name)}`),
  }
}

/** By then a run has ended, or something is stuck. */
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

function printedBy(program: string, args: string[], signal: AbortSignal): Promise<string> {
  const options = { signal, timeout: (LIMIT_S + 10) * 1_000, killSignal: 'SIGKILL' } as const
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      // A run with lost messages exits 2 and still reports; what it says is judged, not the code.
      if (error === null || stdout.trim() !== '') resolve(stdout)
      else reject(new Error(lastLine(stderr) || error.message, { cause: error }))
    })
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
