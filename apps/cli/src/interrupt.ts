/**
 * When to stop: a signal of the system, or nobody left to read what is printed. The first asks for
 * an end in order; a second signal ends the process at once.
 */

/** Why everything is to stop: the reason of the signal that {@link untilInterrupted} gives. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly by: 'SIGINT' | 'SIGTERM' | 'EPIPE'

  constructor(by: 'SIGINT' | 'SIGTERM' | 'EPIPE') {
    super(by === 'EPIPE' ? 'Nobody reads the output any more' : `Interrupted by ${by}`)
    this.by = by
  }
}

/** The part of `process` that is listened to. */
export interface InterruptibleProcess {
  readonly pid: number
  readonly stdout: Listenable<'error', [error: NodeJS.ErrnoException]>
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  kill(pid: number, signal: NodeJS.Signals): unknown
}

interface Listenable<E, A extends readonly unknown[]> {
  on(event: E, listener: (...args: A) => void): unknown
}

/**
 * A signal that aborts with an {@link Interruption} at SIGINT, at SIGTERM, and when stdout has
 * lost its reader. Call it once, and pass it to everything that waits.
 */
export function untilInterrupted(host: InterruptibleProcess = process): AbortSignal {
  const controller = new AbortController()
  const stop = (by: Interruption['by']): void => controller.abort(new Interruption(by))
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    const interrupt = (): void => {
      if (!controller.signal.aborted) return stop(name)
      host.off(name, interrupt)
      host.kill(host.pid, name)
    }
    host.on(name, interrupt)
  }
  host.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') stop('EPIPE')
    else controller.abort(error)
  })
  return controller.signal
}
