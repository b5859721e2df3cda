/** A program: one client under one load. Prints what it did and took, as one line of JSON. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientLoad, Subject, Tally } from './load.ts'
import type { SubjectName } from './subjects.ts'

/** What the program is told, as its one argument. */
export interface SubjectOrder {
  readonly subject: SubjectName
  readonly port: number
  readonly load: ClientLoad
  readonly warmUpMs: number
  readonly durationMs: number
}

const order: SubjectOrder = JSON.parse(process.argv[2] ?? '')
const tally: Tally = { messages: 0, bytes: 0 }
const subject = await subjectOf(order.subject)
await subject.start(order.port, order.load, tally)
await delay(order.warmUpMs)
const before = tally.messages
const startedAt = performance.now()
const cpu = process.cpuUsage()
await delay(order.durationMs)
const { user, system } = process.cpuUsage(cpu)
const seconds = (performance.now() - startedAt) / 1_000
const messages = tally.messages - before
console.log(JSON.stringify({ messages, cpuUs: user + system, seconds }))
process.exit(0)

/** Loads only what is measured. */
async function subjectOf(name: SubjectName): Promise<Subject> {
  if (name === 'godwit') return (await import('./godwit-client.ts')).godwit
  return (await import('./mqttjs-client.ts')).mqttjs
}
