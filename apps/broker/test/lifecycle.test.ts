/** The life of the built app: what it prints, what it survives, and how it ends. */
import { describe, expect, it, vi } from 'vitest'
import { connectAsync } from 'mqtt'
import type { IDisconnectPacket } from 'mqtt'
import { ReasonCode } from '@godwit/codec'
import { version } from '../src/version.ts'
import { publishPacket, RawClient } from './raw-client.ts'
import { godwitBroker, startBroker } from './running-broker.ts'
import type { RunningBroker } from './running-broker.ts'

vi.setConfig({ testTimeout: 30_000 })

describe('the banner', () => {
  it('says what listens where, who may come and what is kept, then one line a listener', async () => {
    await using broker = await startBroker()
    const { tcpUrl, wsUrl, program } = broker
    expect(program.stdout).toBe(
      [
        `Godwit ${version}, an MQTT 3.1, 3.1.1 and 5.0 broker`,
        `  listens   ${tcpUrl}, ${wsUrl}`,
        '  open to   every program and web page on this machine, without a password; --host 0.0.0.0 --password-file FILE opens more',
        '  durable   memory: nothing; sessions and retained messages end with the process',
        `listening ${tcpUrl}`,
        `listening ${wsUrl}`,
        '',
      ].join('\n'),
    )
    expect(program.stderr).toBe('')
  })

  it('names no web pages where WebSocket is off', async () => {
    await using program = godwitBroker('--port', '0')
    await program.printed(/^listening mqtt:\/\/127\.0\.0\.1:\d+\n/m)
    expect(program.stdout).toMatch(/^ {2}open to {3}every program on this machine, without/m)
  })

  it('shouts when others than this machine may come', async () => {
    await using program = godwitBroker('--port', '0', '--host', '0.0.0.0', '--anonymous')
    await program.printed(/^listening mqtt:\/\/0\.0\.0\.0:\d+\n/m)
    expect(program.stdout).toMatch(/^ {2}open to {3}EVERYONE who can reach this machine, without/m)
  })

  it('is judged by the address that a name stands for', async () => {
    await using program = godwitBroker('--port', '0', '--host', 'localhost')
    await program.printed(/^listening mqtt:\/\/(?:127\.0\.0\.1|\[::1\]):\d+\n/m)
    expect(program.stdout).toContain('every program on this machine')
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('tells MQTT 5.0 clients that the server shuts down and closes [MQTT-3.14.4-2]', async () => {
    await using broker = await startBroker()
    using client = await RawClient.connected(broker.port)
    broker.program.signal(signal)
    const { reasonCode } = await client.packet('disconnect')
    expect(reasonCode).toBe(ReasonCode.ServerShuttingDown)
    await client.closed
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
    expect(logOf(broker)).toMatchObject([
      { level: 'info', signal, msg: 'closing' },
      { level: 'info', msg: 'closed' },
    ])
  })
})

describe('the end', () => {
  it('tells MQTT 5.0 clients over WebSocket too', async () => {
    await using broker = await startBroker()
    const options = { protocolVersion: 5, reconnectPeriod: 0 } as const
    const client = await connectAsync(broker.wsUrl, options)
    const told = new Promise<IDisconnectPacket>((resolve) => client.on('disconnect', resolve))
    broker.program.signal('SIGTERM')
    expect(await told).toMatchObject({ reasonCode: ReasonCode.ServerShuttingDown })
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
    await client.endAsync(true)
  })

  it('sends MQTT 3.1.1 clients no DISCONNECT and closes', async () => {
    await using broker = await startBroker()
    using client = await RawClient.connected(broker.port, { version: 4, clientId: 'old' })
    broker.program.signal('SIGTERM')
    await client.closed
    expect(client.received.map(({ type }) => type)).toEqual(['connack'])
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
  })

  it('waits for nobody who has not said CONNECT', async () => {
    await using broker = await startBroker()
    using silent = await RawClient.open(broker.port)
    using halfway = await RawClient.open(broker.port)
    halfway.socket.write(Buffer.of(0x10, 0x20, 0x00))
    using request = await RawClient.open(Number(new URL(broker.wsUrl).port))
    request.socket.write('GET / HTTP/1.1\r\nHost: ')
    // Whoever came later is served by an app that has them all.
    using last = await RawClient.connected(broker.port)
    const started = performance.now()
    broker.program.signal('SIGTERM')
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - started).toBeLessThan(2_000)
    await Promise.all([silent, halfway, request, last].map(({ closed }) => closed))
  })

  it('comes within 5 s and in order, whoever has stopped reading and however often it is asked', async () => {
    await using broker = await startBroker()
    using frozen = await frozenSubscriber(broker)
    using client = await RawClient.connected(broker.port)
    const started = performance.now()
    broker.program.signal('SIGTERM')
    await broker.program.printed(/"closing"/, 'stderr')
    broker.program.signal('SIGTERM')
    broker.program.signal('SIGINT')
    const { reasonCode } = await client.packet('disconnect')
    expect(reasonCode).toBe(ReasonCode.ServerShuttingDown)
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(frozen.socket.isPaused()).toBe(true)
  })

  it('frees the port for the next broker', async () => {
    await using broker = await startBroker()
    broker.program.signal('SIGTERM')
    await broker.program.ended
    await using next = godwitBroker('--port', String(broker.port))
    const [, url] = await next.printed(/^listening (.*)$/m)
    expect(url).toBe(broker.tcpUrl)
  })
})

describe('whoever reads the output', () => {
  it('may leave before the banner, as head does', async () => {
    await using program = godwitBroker('--port', '0', '--log-level', 'debug')
    program.leave('stdout')
    const [, port] = await program.printed(/"urls":\["mqtt:\/\/127\.0\.0\.1:(\d+)"\]/, 'stderr')
    using client = await RawClient.connected(Number(port))
    program.signal('SIGTERM')
    await client.packet('disconnect')
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })

  it('may leave the log', async () => {
    await using broker = await startBroker('--log-level', 'debug')
    broker.program.leave('stderr')
    for (let i = 0; i < 10; i++) (await RawClient.connected(broker.port)).socket.destroy()
    broker.program.signal('SIGTERM')
    expect(await broker.program.ended).toEqual({ code: 0, signal: null })
  })

  it('may stop reading the log: the broker does not wait for it', async () => {
    await using broker = await startBroker('--log-level', 'debug')
    broker.program.stopReading('stderr')
    const username = 'n'.repeat(128)
    for (let i = 0; i < 1_500; i++) {
      using client = await RawClient.connected(broker.port, { clientId: username, username })
      client.send({ type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection })
    }
    using last = await RawClient.connected(broker.port)
    expect(await last.packet('connack')).toMatchObject({ reasonCode: ReasonCode.Success })
  })
})

/** A client that has stopped reading, with more on the way to it than any buffer holds. */
async function frozenSubscriber(broker: RunningBroker): Promise<RawClient> {
  const frozen = await RawClient.connected(broker.port, { clientId: 'frozen' })
  await frozen.subscribe('flood')
  frozen.socket.pause()
  using publisher = await RawClient.connected(broker.port)
  const message = publishPacket('flood', new Uint8Array(256 * 1024))
  while (!broker.program.stderr.includes('messages dropped')) {
    publisher.send(message)
    publisher.received.length = 0
    publisher.send({ type: 'pingreq' })
    await publisher.packet('pingresp')
  }
  return frozen
}

function logOf(broker: RunningBroker): unknown[] {
  const lines = broker.program.stderr.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as unknown)
}
