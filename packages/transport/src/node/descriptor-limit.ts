// How many files and sockets this process may have open.

import { readFileSync } from 'node:fs'
import { report } from 'node:process'

/**
 * How many descriptors this process may have at once; undefined where that is not known, or
 * without a bound.
 */
export function descriptorLimit(): number | undefined {
  return fromLinux() ?? fromReport()
}

/** `Max open files            1024                 524288               files` */
function fromLinux(): number | undefined {
  try {
    const lines = readFileSync('/proc/self/limits', 'utf8').split('\n')
    const line = lines.find((candidate) => candidate.startsWith(LINE)) ?? ''
    const [soft] = line.slice(LINE.length).trim().split(' ')
    return wholeNumber(soft)
  } catch {
    return undefined
  }
}

const LINE = 'Max open files'

/** Costs some 10 ms: it is a report of the whole process. */
function fromReport(): number | undefined {
  // The names of all peers would be looked up.
  Object.assign(report, { excludeNetwork: true })
  const limits = member(report.getReport(), 'userLimits')
  return wholeNumber(member(member(limits, 'open_files'), 'soft'))
}

function member(value: unknown, name: string): unknown {
  return value instanceof Object ? Reflect.get(value, name) : undefined
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}
