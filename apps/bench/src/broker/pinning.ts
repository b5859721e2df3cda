/** Keeps what is measured and what loads it on a core each: neither is charged for being moved. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What to put before a command, and a sentence about it. */
export interface Pinning {
  readonly measured: readonly string[]
  readonly other: readonly string[]
  readonly says: string
}

/**
 * Pins with `taskset` on the last and the first core that this process may use. What is called how
 * is for the sentence.
 */
export function choosePinning(measured = 'Brokers', other = 'the loader'): Pinning {
  const taskset = findProgram('taskset')
  const cores = taskset === undefined ? [] : allowedCores()
  const [first] = cores
  const last = cores.at(-1)
  if (taskset === undefined || first === undefined || last === undefined || first === last) {
    const why = taskset === undefined ? 'there is no taskset' : 'there is only one core'
    return { measured: [], other: [], says: `${measured} and ${other} are not pinned: ${why}.` }
  }
  return {
    measured: [taskset, '-c', String(last)],
    other: [taskset, '-c', String(first)],
    says: `${measured} were pinned to core ${last}, ${other} to core ${first}.`,
  }
}

/** The path of a program, also where a user's `PATH` does not lead. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** The cores that a list such as `0-3,8` names. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [from = '', to = from] = range.trim().split('-')
    const count = Math.max(0, Number(to) - Number(from) + 1)
    return from === '' ? [] : Array.from({ length: count }, (_, index) => Number(from) + index)
  })
}

function allowedCores(): number[] {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    return parseCoreList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '')
  } catch {
    return []
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
