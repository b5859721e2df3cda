// What the server does with requests that are wrong, hostile or too many, and what it says of them.

import { connect } from 'node:net'
import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { AdminServer, brokerBackend, parseToken } from '../src/index.ts'
import type { AnsweredEvent } from '../src/index.ts'
import { openWorld, READ_TOKEN, wholeProgram, WRITE_TOKEN } from './world.ts'
import type { World } from './world.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

describe('every answer', () => {
  it.each(['/api/v1/status', '/api/v1/nothing', '/', '/api/v1/openapi.json'])(
    'at %s is for nobody else, in no frame, and no page may read it',
    async (path) => {
      await using world = await openWorld()
      const { headers } = await world.ask('GET', path)
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      expect(headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('is told to a log, without the token', async () => {
    const told: AnsweredEvent[] = []
    const onAnswered = (event: AnsweredEvent): void => void told.push(event)
    await using world = await openWorld({ server: { onAnswered } })
    await world.ask('GET', '/api/v1/clients?match=x')
    await world.ask('GET', '/api/v1/clients', { headers: { Authorization: 'Bearer wrong' } })
    await world.ask('GET', `/api/v1/nothing?token=${WRITE_TOKEN}`)
    expect(told).toMatchObject([
      { address: '127.0.0.1', method: 'GET', operation: 'clients', token: 'operator', status: 200 },
      { operation: 'clients', status: 401 },
      { token: 'operator', status: 404 },
    ])
    expect(JSON.stringify(told)).not.toContain(WRITE_TOKEN)
  })
})

describe('who is let in', () => {
  it.each([
    ['no token at all', undefined],
    ['an empty one', 'Bearer '],
    ['a scheme that is not Bearer', `Basic ${WRITE_TOKEN}`],
    ['a token without its scheme', WRITE_TOKEN],
    ['the beginning of one', `Bearer ${WRITE_TOKEN.slice(1)}`],
    ['two of them', `Bearer ${WRITE_TOKEN},${READ_TOKEN}`],
    ['the name of an object', 'Bearer __proto__'],
  ])('not %s', async (_what, authorization) => {
    await using world = await openWorld()
    const headers = authorization === undefined ? {} : { Authorization: authorization }
    const response = await fetch(`${world.url}/api/v1/status`, { headers })
    expect(response.status).toBe(401)
  })

  it('whoever has a token, in any case of the scheme', async () => {
    await using world = await openWorld()
    const headers = { Authorization: `bearer ${READ_TOKEN}` }
    const response = await fetch(`${world.url}/api/v1/status`, { headers })
    expect(response.status).toBe(200)
  })

  it('nobody who has a token of yesterday', async () => {
    await using world = await openWorld()
    world.server.replaceTokens([parseToken(`new:read:${'n'.repeat(32)}`, 'test')])
    await expect(world.admin.status()).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('nobody where there are no tokens', async () => {
    await using world = await openWorld({ server: { tokens: [] } })
    await expect(world.admin.status()).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

describe('wrong tokens', () => {
  it('are answered a second later from the sixth on, and a right one at once', async () => {
    const clock = new VirtualClock()
    await using world = await openWorld({ server: { clock } })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) statuses.push((await wrong(world)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401])
    const late = wrong(world)
    expect((await world.admin.status()).version).toBe('0.0.0')
    await until(() => clock.nextTimerAt < Infinity)
    clock.advance(999)
    expect(await settledOrNot(late)).toBe('waits')
    clock.advance(1)
    expect((await late).status).toBe(401)
  })

  it('are refused at once where 16 wait, whoever has a right one is not', async () => {
    const clock = new VirtualClock()
    await using world = await openWorld({ server: { clock } })
    for (let count = 0; count < 5; count++) await wrong(world)
    const asked = Array.from({ length: 17 }, () => wrong(world))
    const first = await Promise.race(asked)
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await world.admin.status()).version).toBe('0.0.0')
    clock.advance(1_000)
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.toSorted((one, other) => one - other)).toEqual([
      ...Array.from({ length: 16 }, () => 401),
      429,
    ])
  })
})

describe('a browser that was talked into it', () => {
  it.each(['http://evil.example', 'null', 'https://panel.example.evil'])(
    'is refused as %s',
    async (origin) => {
      await using world = await openWorld({ server: { origins: ['https://panel.example'] } })
      const response = await world.ask('GET', '/api/v1/status', { headers: { Origin: origin } })
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'origin-not-allowed' })
    },
  )

  it('is let in from a page that is listed', async () => {
    await using world = await openWorld({ server: { origins: ['https://panel.example'] } })
    const headers = { Origin: 'https://Panel.example' }
    expect((await world.ask('GET', '/api/v1/status', { headers })).status).toBe(200)
  })

  it.each([
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:80', 421],
    ['', 421],
    ['[', 421],
    ['localhost:1234', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1', 200],
    ['[::1]:8080', 200],
    ['broker.example:8080', 200],
  ])('which says Host: %s is answered %i', async (host, status) => {
    await using world = await openWorld({ server: { hosts: ['Broker.example'] } })
    const answer = await raw(world, [
      'GET /api/v1/status HTTP/1.1',
      `Host: ${host}`,
      `Authorization: Bearer ${READ_TOKEN}`,
      'Connection: close',
      '',
      '',
    ])
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it('cannot send a form', async () => {
    await using world = await openWorld()
    const body = '{"topic":"a"}'
    const headers = { 'Content-Type': 'text/plain' }
    const response = await world.ask('POST', '/api/v1/publish', { body, headers })
    expect(response.status).toBe(415)
  })
})

describe('a body', () => {
  it('of more than 1 MiB is refused by its announced length', async () => {
    await using world = await openWorld()
    const answer = await raw(world, [
      'POST /api/v1/publish HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${WRITE_TOKEN}`,
      'Content-Type: application/json',
      'Content-Length: 1048577',
      '',
      '{',
    ])
    expect(answer).toContain('HTTP/1.1 413 ')
    expect(answer).toContain('"code":"body-too-large"')
    expect(answer).toContain('Connection: close')
  })

  it('of more than 1 MiB is refused while it comes', async () => {
    await using world = await openWorld()
    const answer = await raw(world, [
      'POST /api/v1/publish HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${WRITE_TOKEN}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      '',
      '100001',
      'x'.repeat(0x100001),
    ])
    expect(answer).toContain('HTTP/1.1 413 ')
  })

  it('is not read from somebody without a token', async () => {
    await using world = await openWorld()
    const answer = await raw(world, [
      'POST /api/v1/publish HTTP/1.1',
      'Host: localhost',
      'Content-Length: 1000000',
      '',
      '',
    ])
    expect(answer).toContain('HTTP/1.1 401 ')
    expect(answer).toContain('Connection: close')
  })

  it.each([
    ['that is no JSON', '{"topic":'],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s is refused', async (_what, body) => {
    await using world = await openWorld()
    const response = await world.ask('POST', '/api/v1/publish', { body, headers: JSON_TYPE })
    expect(await response.json()).toMatchObject({ status: 400, code: 'bad-json' })
  })

  it.each(['null', '[]', '"a"', '1', '{}', '{"topic":{}}', '{"topic":["a"]}', '{"__proto__":{}}'])(
    'of %s is refused with a sentence',
    async (body) => {
      await using world = await openWorld()
      const response = await world.ask('POST', '/api/v1/publish', { body, headers: JSON_TYPE })
      expect(await response.json()).toMatchObject({ status: 400, code: 'bad-request' })
    },
  )

  it('cannot reach the prototype of anything', async () => {
    await using world = await openWorld()
    const body = '{"topic":"a","__proto__":{"retain":true},"constructor":{"x":1}}'
    const response = await world.ask('POST', '/api/v1/publish', { body, headers: JSON_TYPE })
    expect(response.status).toBe(400)
    expect({}).not.toHaveProperty('retain')
  })

  it('that breaks off is no fault of the broker', async () => {
    const errors: unknown[] = []
    const answered: AnsweredEvent[] = []
    await using world = await openWorld({
      server: {
        onError: (error) => errors.push(error),
        onAnswered: (event) => answered.push(event),
      },
    })
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
    socket.write(
      `POST /api/v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${WRITE_TOKEN}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
      () => socket.resetAndDestroy(),
    )
    await until(() => answered.length === 1)
    expect(errors).toEqual([])
  })
})

describe('a request', () => {
  it('with a head of more than 32 KiB is refused', async () => {
    await using world = await openWorld()
    const headers = { 'X-Large': 'x'.repeat(40_000) }
    expect((await world.ask('GET', '/api/v1/status', { headers })).status).toBe(431)
  })

  it('whose backend fails is answered without a word of why, which is reported', async () => {
    const errors: unknown[] = []
    const failure = new Error('the disk /secret is on fire')
    await using world = await openWorld({
      backend: { ...wholeProgram(), reload: () => Promise.reject(failure) },
      server: { onError: (error) => errors.push(error) },
    })
    const response = await world.ask('POST', '/api/v1/reload')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(errors).toEqual([failure])
  })

  it('that takes more than 30 s is given up', async () => {
    const clock = new VirtualClock()
    await using world = await openWorld({
      server: { clock },
      backend: { ...wholeProgram(), reload: () => new Promise(() => {}) },
    })
    const response = world.ask('POST', '/api/v1/reload')
    await until(() => clock.nextTimerAt < Infinity)
    clock.advance(30_000)
    expect(await (await response).json()).toMatchObject({ status: 503, code: 'busy' })
  })

  it('is refused where 64 are under way', async () => {
    const clock = new VirtualClock()
    let begun = 0
    await using world = await openWorld({
      server: { clock },
      backend: {
        ...wholeProgram(),
        reload: () => {
          begun++
          return new Promise(() => {})
        },
      },
    })
    const waiting = Array.from({ length: 64 }, () => world.ask('POST', '/api/v1/reload'))
    await until(() => begun === 64)
    const response = await world.ask('GET', '/api/v1/status')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    clock.advance(30_000)
    await Promise.all(waiting)
    expect((await world.ask('GET', '/api/v1/status')).status).toBe(200)
  })

  it('under way is given up when the server closes', async () => {
    let begun = false
    await using world = await openWorld({
      backend: {
        ...wholeProgram(),
        reload: () => {
          begun = true
          return new Promise(() => {})
        },
      },
    })
    const asked = world.admin.reload()
    const failure = asked.catch((error: unknown) => error)
    await until(() => begun)
    await world.server.close()
    expect(await failure).toMatchObject({ code: 'unreachable' })
  })
})

describe('the port', () => {
  it('that is taken is told in a sentence', async () => {
    await using world = await openWorld()
    const port = Number(new URL(world.url).port)
    const backend = brokerBackend({ broker: world.broker, version: '', listeners: () => [] })
    await using second = new AdminServer({ backend, tokens: [], port })
    await expect(second.listen()).rejects.toThrow(`Port ${port} at 127.0.0.1 is in use`)
  })
})

function wrong(world: World): Promise<Response> {
  return world.ask('GET', '/api/v1/status', { headers: { Authorization: 'Bearer wrong' } })
}

/** Sends lines as they are, and gives all that comes back. */
function raw(world: World, lines: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(lines.join('\r\n'))
  })
}

async function settledOrNot(promise: Promise<unknown>): Promise<'waits' | 'is done'> {
  const turn = new Promise((resolve) => setImmediate(resolve)).then(() => 'waits' as const)
  return Promise.race([promise.then(() => 'is done' as const), turn])
}

/** Lets sockets have their turns until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
