/** Keeps broker and loader on a core each, so that neither is charged for being moved about. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What to put before a command, and a sentence about it. */
export interface Pinning {
  readonly broker: readonly string[]
  readonly loader: readonly string[]
  readonly says: string
}

/** Pins with `taskset` on the last and the first core that this process may use. */
export function choosePinning(): Pinning {
  const taskset = findProgram('taskset')
  const cores = taskset === undefined ? [] : allowedCores()
  const [first] = cores
  const last = cores.at(-1)
  if (taskset === undefined || first === undefined || last === undefined || first === last) {
    const why = taskset === undefined ? 'there is no taskset' : 'there is only one core'
    return { broker: [], loader: [], says: `Broker and loader are not pinned: ${why}.` }
  }
  return {
    broker: [taskset, '-c', String(last)],
    loader: [taskset, '-c', String(first)],
    says: `Brokers were pinned to core ${last}, the loader to core ${first}.`,
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
