/** What the log says, and at which level. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { ReasonCode } from '@godwit/codec'
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
  it('is clipped and cannot break a line', () => {
    const { lines, text, observers } = logging()
    const clientId = 'line\n\u001B[2J\u007F\u009B2J'.repeat(100)
    observers.dropped?.({ ...CLIENT, clientId, username: 'u'.repeat(999) }, 'slow-receiver')
    expect(text()).toMatch(/^[\x20-\x7e\uFFFD]{1,700}\n$/)
    expect(lines).toMatchObject([
      { level: WARN, reason: 'slow-receiver', username: 'u'.repeat(128) },
    ])
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
  readonly text: () => string
  readonly observers: ReturnType<typeof loggingObservers>
} {
  const lines: unknown[] = []
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const observers = loggingObservers(pino({ level: 'debug', base: null }, stream))
  return { lines, text: () => text, observers }
}
