/** What Linux says about another process: its CPU time, its memory, what it has written to disk. */
import { readdirSync, readFileSync } from 'node:fs'

/** The CPU time of all threads that a process has, in microseconds. */
export function cpuUsOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = tasks.map((task) => runningNs(`/proc/${pid}/task/${task}/schedstat`))
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1_000
}

/** Memory in bytes. */
export interface Memory {
  readonly resident: number
  /** The most that was resident at any time. */
  readonly residentPeak: number
}

/** The memory of a process. @throws {Error} if the system does not say. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    resident: numberAt(status, 'VmRSS') * 1_024,
    residentPeak: numberAt(status, 'VmHWM') * 1_024,
  }
}

/** The bytes that a process has made the disk write, whole pages. @throws {Error} likewise. */
export function writtenBytesOf(pid: number): number {
  return numberAt(readFileSync(`/proc/${pid}/io`, 'utf8'), 'write_bytes')
}

/** The number in the line `name: number`. @throws {Error} if there is no such line. */
export function numberAt(text: string, name: string): number {
  const line = text.split('\n').find((line) => line.startsWith(`${name}:`))
  const value = Number.parseInt(line?.slice(name.length + 1) ?? '', 10)
  if (Number.isNaN(value)) throw new Error(`The system does not say ${name} of a process`)
  return value
}

function runningNs(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0])
  } catch {
    // The thread has ended since they were listed.
    return 0
  }
}
