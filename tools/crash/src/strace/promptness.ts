/**
 * Whether what was acknowledged was on the disk: between the request that was read and the answer
 * that was written there lies a whole fsync or fdatasync.
 *
 *     read(socket)   fdatasync(file) ---------- = 0   write(socket)
 *           ended |  begun |             ended |     begun |
 */
import type { Call } from './trace.ts'

/** What is asked and answered on a connection, by the type of the Control Packets. */
export interface Exchange {
  readonly clientId: string
  /** The upper half of the first byte. */
  readonly request: number
  readonly answer: number
}

/** What came of it. */
export interface Promptness {
  /** How many answers were written. */
  readonly answers: number
  /** How many of them behind a sync. */
  readonly synced: number
}

/** Looks at every answer on the connection of one client. */
export function promptnessOf(calls: readonly Call[], exchange: Exchange): Promptness {
  const { clientId, request, answer } = exchange
  const introduction = calls.find((call) => isRead(call) && holds(call, clientId))
  if (introduction === undefined) return { answers: 0, synced: 0 }
  const own = calls.filter(({ fd, begun }) => fd === introduction.fd && begun > introduction.ended)
  const requests = own.filter((call) => isRead(call) && typeOf(call) === request)
  const answers = own.filter((call) => isWrite(call) && typeOf(call) === answer)
  const syncs = calls.filter(({ name, result }) => SYNCS.includes(name) && result === 0)
  const synced = answers.filter(({ begun }) => {
    const asked = requests.findLast(({ ended }) => ended < begun)
    if (asked === undefined) return false
    return syncs.some((sync) => sync.begun > asked.ended && sync.ended < begun)
  })
  return { answers: answers.length, synced: synced.length }
}

/** The system calls that have to be traced. */
export const TRACED: readonly string[] = [
  'fdatasync',
  'fsync',
  'msync',
  'pwrite64',
  'read',
  'readv',
  'recvfrom',
  'recvmsg',
  'write',
  'writev',
  'sendto',
  'sendmsg',
]

const SYNCS = ['fdatasync', 'fsync', 'msync']
const READS = ['read', 'readv', 'recvfrom', 'recvmsg']
const WRITES = ['write', 'writev', 'sendto', 'sendmsg']

function isRead({ name, result }: Call): boolean {
  return READS.includes(name) && result > 0
}

function isWrite({ name, result }: Call): boolean {
  return WRITES.includes(name) && result > 0
}

function typeOf({ data }: Call): number {
  return (data[0] ?? 0) >> 4
}

function holds({ data }: Call, text: string): boolean {
  return Buffer.from(data).includes(text)
}
