import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Metrics, OperationsServer } from '../src/index.ts'
import type { Health, OperationsServerOptions } from '../src/index.ts'
import { absence, parsed, skipped } from './prometheus.ts'
import { statsWith } from './stats.ts'

const WELL: Health = { phase: 'running', storeHasFailed: false, refusesClients: false }

describe('the health of a broker', () => {
  it.each([
    ['that runs', WELL, [200, 'ok\n'], [200, 'ok\n']],
    [
      'that reads its store',
      { ...WELL, phase: 'restoring' },
      [200, 'ok\n'],
      [503, 'It is starting: it reads its store.\n'],
    ],
    [
      'that shuts down under load',
      { ...WELL, phase: 'closing', refusesClients: true },
      [200, 'ok\n'],
      [503, 'It is shutting down.\nIt is overloaded: it lets no client in.\n'],
    ],
    [
      'whose store has failed',
      { ...WELL, storeHasFailed: true },
      [503, 'The store has failed: nothing is acknowledged any more.\n'],
      [503, 'The store has failed: nothing is acknowledged any more.\n'],
    ],
  ] as const)('%s', async (_, health, alive, ready) => {
    await using server = serving({ health: () => health })
    const url = await server.listen()
    expect(await answerOf(`${url}/healthz`)).toEqual(alive)
    expect(await answerOf(`${url}/readyz`)).toEqual(ready)
  })

  it('is asked for anew each time', async () => {
    let phase: Health['phase'] = 'restoring'
    await using server = serving({ health: () => ({ ...WELL, phase }) })
    const url = await server.listen()
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    phase = 'running'
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })
})

describe('the metrics', () => {
  it.each([
    [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    ['application/openmetrics-text;q=0, text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
    // As Prometheus 3 asks.
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.5',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ])('are served in the format that is asked for: %s', async (accept, contentType) => {
    await using server = serving()
    const headers = accept === undefined ? {} : { accept }
    const response = await fetch(`${await server.listen()}/metrics`, { headers })
    expect(response.headers.get('content-type')).toBe(contentType)
    expect(await response.text()).toContain('godwit_clients 0')
  })

  it.skipIf(skipped)(`are read by a client of Prometheus${absence}`, async () => {
    await using server = serving()
    const response = await fetch(`${await server.listen()}/metrics?collect[]=all`)
    const families = await parsed(await response.text(), 'text')
    expect(families.map(({ name }) => name)).toContain('godwit_event_loop_lag_seconds')
  })

  it('that cannot be made are an error, and the log hears of it', async () => {
    const heard: unknown[] = []
    const page = () => Promise.reject(new Error('secret'))
    await using server = serving({ metrics: { page }, onError: (error) => heard.push(error) })
    const url = await server.listen()
    const sentence = 'The page could not be made: the log says why.\n'
    expect(await answerOf(`${url}/metrics`)).toEqual([500, sentence])
    expect(heard).toEqual([new Error('secret')])
  })
})

describe('the port', () => {
  it('answers HEAD as GET without the body', async () => {
    await using server = serving()
    const response = await fetch(`${await server.listen()}/readyz`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(response.headers.get('content-length')).toBe('3')
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers no %s', async (method) => {
    await using server = serving()
    const response = await fetch(`${await server.listen()}/metrics`, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  })

  it.each(['/', '/metrics/', '/../metrics%00', '/Healthz', '//metrics'])(
    'has nothing at %s',
    async (path) => {
      await using server = serving()
      expect((await fetch(`${await server.listen()}${path}`)).status).toBe(404)
    },
  )

  it('ends each connection with its answer', async () => {
    await using server = serving()
    const url = await server.listen()
    const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
    const said = await conversation(url, request + request)
    expect(said.match(/^HTTP/gm)).toHaveLength(1)
    expect(said).toContain('\r\nConnection: close\r\n')
  })

  it('reads no more headers than anybody needs', async () => {
    await using server = serving()
    const url = await server.listen()
    const said = await conversation(url, `GET /healthz HTTP/1.1\r\nA: ${'a'.repeat(5_000)}\r\n\r\n`)
    expect(said).toMatch(/^HTTP\/1\.1 431 /)
  })

  it.each(['', 'GET /metrics HTTP/1.1\r\nHost:'])(
    'lets nobody stay who does not say what is wanted: %j',
    async (request) => {
      await using server = serving({ timeoutMs: 50 })
      expect(await conversation(await server.listen(), request)).not.toContain(' 200 ')
    },
  )

  it('has room for so many connections and drops others', async () => {
    await using server = serving({ connectionsMax: 1 })
    const url = await server.listen()
    const first = dialled(url)
    await once(first, 'connect')
    expect(await conversation(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
    first.destroy()
  })

  it('that is taken is told in a sentence', async () => {
    await using server = serving()
    const port = Number(new URL(await server.listen()).port)
    await using second = serving({ port })
    await expect(second.listen()).rejects.toThrow(
      `Port ${port} at 127.0.0.1 is in use: stop what uses it or choose another port`,
    )
  })

  it('closes with the connections that are open', async () => {
    await using server = serving()
    const socket = dialled(await server.listen())
    await once(socket, 'connect')
    const closed = once(
      socket.on('error', () => {}),
      'close',
    )
    await server.close()
    await closed
    expect(socket.destroyed).toBe(true)
  })
})

function serving(others: Partial<OperationsServerOptions> = {}): OperationsServer {
  const metrics = new Metrics({ stats: () => statsWith() })
  const here = { host: '127.0.0.1', port: 0 }
  return new OperationsServer({ ...here, metrics, health: () => WELL, ...others })
}

async function answerOf(url: string): Promise<readonly [status: number, text: string]> {
  const response = await fetch(url)
  return [response.status, await response.text()]
}

/** What the server says to this, until it closes. */
async function conversation(url: string, request: string): Promise<string> {
  const socket = dialled(url)
  let said = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  socket.on('error', () => {})
  socket.write(request)
  await once(socket, 'close')
  return said
}

function dialled(url: string): Socket {
  return connect(Number(new URL(url).port), '127.0.0.1')
}
