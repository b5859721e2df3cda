/** Runs a client library under a load, in a process of its own, whose CPU time is all its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SubjectOrder } from './subject-process.ts'

/** The libraries that are compared. */
export type SubjectName = 'godwit' | 'MQTT.js'

/** Ours first. */
export const SUBJECTS: readonly SubjectName[] = ['godwit', 'MQTT.js']

/** Their packages. */
export const PACKAGES: Readonly<Record<SubjectName, string>> = {
  godwit: '@godwit/client',
  'MQTT.js': 'mqtt',
}

/** What a page imports to connect. */
export const IMPORTS: Readonly<Record<SubjectName, string>> = {
  godwit: "export { connect } from '@godwit/client'",
  // Its bundle for browsers has a default export only.
  'MQTT.js': "export { default } from 'mqtt'",
}

/** What one run of a subject came to. */
export interface SubjectRun {
  readonly cpuUsPerMessage: number
  readonly messagesPerSecond: number
}

/** Runs one. @throws {Error} if nothing came of it. */
export async function runSubject(
  pinning: readonly string[],
  order: SubjectOrder,
  signal: AbortSignal,
): Promise<SubjectRun> {
  const command: readonly string[] = [...pinning, process.execPath, PROGRAM, JSON.stringify(order)]
  const [program = '', ...args] = command
  const timeout = order.warmUpMs + order.durationMs + TIMEOUT_MS
  const { stdout } = await execute(program, args, { signal, timeout, killSignal: 'SIGKILL' })
  return parseRun(stdout)
}

/** Reads what the process prints. @throws {Error} if that is no result. */
export function parseRun(printed: string): SubjectRun {
  const parsed: unknown = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
  const figures = new Map(Object.entries(Object(parsed)))
  const [messages, cpuUs, seconds] = ['messages', 'cpuUs', 'seconds'].map((name) =>
    Number(figures.get(name)),
  )
  if (!messages || !cpuUs || !seconds) throw new Error(`No message in ${printed.slice(0, 200)}`)
  return { cpuUsPerMessage: cpuUs / messages, messagesPerSecond: messages / seconds }
}

const execute = promisify(execFile)

const PROGRAM = fileURLToPath(new URL('subject-process.ts', import.meta.url))

const TIMEOUT_MS = 15_000
