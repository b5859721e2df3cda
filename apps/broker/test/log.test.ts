/** What the log says, and at which level. */
import { VirtualClock } from '@godwit/transport/testing'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { ReasonCode } from '@godwit/codec'
import { LogRepeats } from '../src/log-repeats.ts'
import { loggingObservers } from '../src/log.ts'

const CLIENT = {
  clientId: 'c',
  username: undefined,
  principal: undefined,
  remoteAddress: '::1',
  version: 5,
} as const

describe('who comes and goes', () => {
  it.each([
    [ReasonCode.NormalDisconnection, 'Normal disconnection'],
    [ReasonCode.DisconnectWithWillMessage, 'Disconnect with Will Message'],
    [ReasonCode.UnspecifiedError, 'Unspecified error'],
    [ReasonCode.ServerShuttingDown, 'Server shutting down'],
  ])('is told at debug only: %i', (reasonCode, reason) => {
    const { lines, observers } = logging()
    observers.connected?.(CLIENT)
    observers.disconnected?.(CLIENT, reasonCode, 'A sentence')
    observers.refused?.('::1', reasonCode, 'A sentence')
    expect(lines).toMatchObject([
      { level: DEBUG, clientId: 'c', mqtt: 5, msg: 'client connected' },
      { level: DEBUG, clientId: 'c', reason, cause: 'A sentence', msg: 'client gone' },
      { level: DEBUG, remoteAddress: '::1', reason, msg: 'connection gone before CONNECT' },
    ])
  })

  it('is told at info where the broker sends somebody away', () => {
    const { lines, observers } = logging()
    observers.disconnected?.(CLIENT, ReasonCode.ProtocolError, 'A sentence')
    observers.refused?.('::1', ReasonCode.ProtocolError, 'A sentence')
    const because = { level: INFO, reason: 'Protocol Error', cause: 'A sentence' }
    expect(lines).toMatchObject([
      { ...because, clientId: 'c', msg: 'client sent away' },
      { ...because, remoteAddress: '::1', msg: 'connection refused' },
    ])
  })
})

describe('what a client says of itself', () => {
  it('is clipped', () => {
    const { lines, observers } = logging()
    const client = { ...CLIENT, clientId: 'c'.repeat(999), username: 'u'.repeat(999) }
    observers.disconnected?.(client, ReasonCode.ProtocolError, 's'.repeat(999))
    const [clientId, username, cause] = ['c'.repeat(128), 'u'.repeat(128), 's'.repeat(512)]
    expect(lines).toMatchObject([{ clientId, username, cause }])
  })

  it('is told with the listener that it came by', () => {
    const { lines, observers } = logging()
    observers.connected?.({ ...CLIENT, listener: 'lan' })
    expect(lines).toMatchObject([{ clientId: 'c', listener: 'lan' }])
  })
})

describe('what happens again and again', () => {
  it('is written a few times a second, and then how often it was', () => {
    const { lines, clock, observers } = logging()
    for (let i = 0; i < 5_322; i++) {
      observers.refused?.('::1', ReasonCode.BadUserNameOrPassword, 'A sentence')
    }
    observers.refused?.('::1', ReasonCode.Banned, 'A sentence')
    expect(lines).toHaveLength(11)
    clock.advance(1000)
    expect(lines.slice(11)).toEqual([
      {
        level: INFO,
        time: expect.any(Number) as number,
        reason: 'Bad User Name or Password',
        more: 5_312,
        msg: 'connection refused, and 5,312 more of these',
      },
    ])
  })

  it('is written again in the next second', () => {
    const { lines, clock, observers } = logging()
    for (let i = 0; i < 12; i++) observers.dropped?.(CLIENT, 'slow-receiver')
    clock.advance(1000)
    observers.dropped?.(CLIENT, 'slow-receiver')
    clock.advance(10_000)
    expect(lines).toHaveLength(12)
    expect(clock.nextTimerAt).toBe(Infinity)
  })

  it('is written each time at debug', () => {
    const { lines, observers } = logging()
    for (let i = 0; i < 100; i++) observers.connected?.(CLIENT)
    expect(lines).toHaveLength(100)
  })
})

describe('the store', () => {
  it('is told of when it is full, when it has room again, and when it has failed', () => {
    const { lines, observers } = logging()
    observers.storeFull?.(true)
    observers.storeFull?.(false)
    observers.failed?.(new Error('A sentence'))
    expect(lines).toMatchObject([
      {
        level: WARN,
        msg: 'the store is full: messages above QoS 0 are refused until there is room',
      },
      { level: INFO, msg: 'the store has room again' },
      { level: FATAL, err: { message: 'A sentence' }, msg: 'the store has failed' },
    ])
  })
})

describe('overload', () => {
  it('is told with its level and its end', () => {
    const { lines, observers } = logging()
    observers.overload?.(2, 'A sentence')
    observers.overload?.(0, 'Another')
    expect(lines).toMatchObject([
      { level: WARN, overloadLevel: 2, cause: 'A sentence', msg: 'the broker is overloaded' },
      { level: INFO, overloadLevel: 0, cause: 'Another', msg: 'the broker keeps up again' },
    ])
  })
})

describe('a fault of the broker', () => {
  it('is an error with its stack', () => {
    const { lines, observers } = logging()
    observers.fault?.(new Error('A sentence'))
    const err = { message: 'A sentence', stack: expect.stringContaining('log.test.ts') as string }
    expect(lines).toMatchObject([{ level: ERROR, err }])
  })
})

const [DEBUG, INFO, WARN, ERROR, FATAL] = [20, 30, 40, 50, 60]

function logging(): {
  readonly lines: unknown[]
  readonly clock: VirtualClock
  readonly observers: ReturnType<typeof loggingObservers>
} {
  const lines: unknown[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const clock = new VirtualClock()
  const log = pino({ level: 'debug', base: null }, stream)
  return { lines, clock, observers: loggingObservers(log, new LogRepeats(clock)) }
}
