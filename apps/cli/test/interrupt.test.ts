/** Signals and readers that leave: the first ends in order, the second at once. */
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Interruption, untilInterrupted } from '../src/interrupt.ts'

class FakeProcess extends EventEmitter {
  readonly pid = 42
  readonly stdout = new EventEmitter()
  readonly killed: (readonly [number, NodeJS.Signals])[] = []

  kill(pid: number, signal: NodeJS.Signals): void {
    this.killed.push([pid, signal])
  }
}

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s aborts what waits, and says by what', (name) => {
    const host = new FakeProcess()
    const signal = untilInterrupted(host)
    expect(signal.aborted).toBe(false)
    host.emit(name)
    expect(signal.reason).toBeInstanceOf(Interruption)
    expect(signal.reason).toMatchObject({ by: name })
    expect(host.killed).toEqual([])
  })

  it('ends the process at once the second time, whichever it is', () => {
    const host = new FakeProcess()
    const signal = untilInterrupted(host)
    host.emit('SIGINT')
    host.emit('SIGTERM')
    expect(host.killed).toEqual([[42, 'SIGTERM']])
    // The system carries it out, for nobody listens any more.
    expect(host.listenerCount('SIGTERM')).toBe(0)
    expect(signal.reason).toMatchObject({ by: 'SIGINT' })
  })
})

describe('stdout', () => {
  it('that has lost its reader aborts what waits', () => {
    const host = new FakeProcess()
    const signal = untilInterrupted(host)
    host.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    expect(signal.reason).toMatchObject({ by: 'EPIPE' })
  })

  it('that fails otherwise aborts with its error', () => {
    const host = new FakeProcess()
    const signal = untilInterrupted(host)
    const error = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
    host.stdout.emit('error', error)
    expect(signal.reason).toBe(error)
  })
})
