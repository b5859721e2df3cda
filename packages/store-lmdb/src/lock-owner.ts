/**
 * Who holds a lock, told so that a process with the same number later is not taken for it: by the
 * start of the machine, the PID namespace (a container has its own) and the start of the process.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/** The holder of a lock, as it stands in its file. */
export interface LockOwner {
  readonly pid: number
  /** When the process started, in ticks since the machine did; `undefined` if that is not told. */
  readonly started: string | undefined
  /** Another one with each start of the machine. */
  readonly boot: string | undefined
  /** Where the process number holds. */
  readonly pidNamespace: string | undefined
  /** Another one for each lock. */
  readonly nonce: string
}

/** Whether the holder lives; `unknown` if that cannot be told from here. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** This process, as the holder of one more lock. */
export function thisOwner(): LockOwner {
  const { pid } = process
  return {
    pid,
    started: startOf(pid),
    boot: machineStart(),
    pidNamespace: namespaceOf(),
    nonce: randomUUID(),
  }
}

/** Whether the holder lives. */
export function livenessOf(owner: LockOwner): Liveness {
  const boot = machineStart()
  if (owner.boot !== undefined && boot !== undefined && owner.boot !== boot) return 'dead'
  if (owner.pidNamespace !== namespaceOf()) return 'unknown'
  const started = startOf(owner.pid)
  if (started !== undefined) return started === owner.started ? 'alive' : 'dead'
  return isThere(owner.pid) ? 'unknown' : 'dead'
}

/** The bytes of a lock's file: a line. */
export function formatOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`
}

/** The holder whose file this is; `undefined` if it is not one, as after a power cut. */
export function parseOwner(text: string): LockOwner | undefined {
  const found: unknown = parsed(text)
  if (typeof found !== 'object' || found === null) return undefined
  const pid: unknown = Reflect.get(found, 'pid')
  const nonce: unknown = Reflect.get(found, 'nonce')
  if (typeof pid !== 'number' || !(pid > 0) || typeof nonce !== 'string') return undefined
  const [started, boot, pidNamespace] = ['started', 'boot', 'pidNamespace'].map((name) => {
    const value: unknown = Reflect.get(found, name)
    return typeof value === 'string' ? value : undefined
  })
  return { pid, started, boot, pidNamespace, nonce }
}

/**
 * From `/proc/PID/stat`, whose second field is a name in parentheses that may have anything in it;
 * the third is the state, and the 22nd the start. What was killed and not buried yet is dead.
 */
function startOf(pid: number): string | undefined {
  const text = content(`/proc/${pid}/stat`)
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? 'never' : fields?.[19]
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function machineStart(): string | undefined {
  return content('/proc/sys/kernel/random/boot_id')?.trim()
}

function namespaceOf(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}

function content(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
