// How a client stays connected: when it tries again, and with which session.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { ClientError } from '../src/errors.ts'
import { CoreWorld } from './core-world.ts'
import { connack, disconnect } from './server-packets.ts'

describe('the default policy', () => {
  it('waits a random part of a time that doubles up to a minute', async () => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open({ random: () => 0.75 })
    const waits: number[] = []
    for (let attempt = 1; attempt <= 9; attempt++) {
      const { status } = client
      if (status.state !== 'waiting') throw new Error(status.state)
      expect(status.attempt).toBe(attempt)
      waits.push(status.until - world.clock.now())
      await world.clock.pass(status.until - world.clock.now())
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 750))
  })

  it('may come back at once after a connection that has lasted', async () => {
    const world = new CoreWorld()
    const client = await world.open({ random: () => 0 })
    await world.clock.pass(10_000)
    world.server.cut()
    await world.clock.pass(1)
    expect(client.status.state).toBe('connected')
    expect(world.states).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected'])
  })

  it('does not hammer a server that lets it in and throws it out', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', () => [connack(), disconnect(ReasonCode.ServerBusy)])
    const client = await world.open()
    await world.clock.pass(120_000, 100)
    expect(world.server.dialed.length).toBeLessThan(12)
    expect(client.status).toMatchObject({ state: 'waiting', attempt: world.server.dialed.length })
    await world.outcome(client.close())
  })

  it('begins at the base again after a connection that has lasted ten seconds', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    for (const [lastedMs, waitMs] of [
      [9999, 500],
      [9999, 1000],
      [9999, 2000],
      [10_000, 500],
    ] as const) {
      await world.clock.pass(lastedMs)
      world.server.cut()
      await world.clock.pass(0)
      expect(client.status).toMatchObject({ until: world.clock.now() + waitMs })
      await world.clock.pass(waitMs)
    }
  })

  it('takes other bounds', async () => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open({ reconnect: { baseMs: 10, capMs: 15 }, random: () => 1 })
    expect(client.status).toMatchObject({ until: 10 })
    await world.clock.pass(10)
    expect(client.status).toMatchObject({ until: 25 })
    await world.clock.pass(15)
    expect(client.status).toMatchObject({ until: 40 })
  })

  it.each([
    ['retry', ReasonCode.ServerUnavailable],
    ['retry', ReasonCode.ServerBusy],
    ['retry', ReasonCode.QuotaExceeded],
    ['retry', ReasonCode.ConnectionRateExceeded],
    ['retry', ReasonCode.UnspecifiedError],
    ['retry', ReasonCode.UseAnotherServer],
    ['refresh-credentials', ReasonCode.BadUserNameOrPassword],
    ['refresh-credentials', ReasonCode.NotAuthorized],
    ['refresh-credentials', ReasonCode.BadAuthenticationMethod],
    ['fatal', ReasonCode.ServerMoved],
    ['fatal', ReasonCode.ClientIdentifierNotValid],
    ['fatal', ReasonCode.Banned],
    ['fatal', ReasonCode.ProtocolError],
    ['fatal', ReasonCode.QoSNotSupported],
  ] as const)('takes for "%s" a CONNACK of %i', async (remedy, reasonCode) => {
    const world = new CoreWorld({ connack: { reasonCode } })
    const client = await world.open()
    expect(client.status).toMatchObject({
      state: remedy === 'retry' ? 'waiting' : 'closed',
      cause: { code: 'connect-refused', remedy, reasonCode },
    })
  })

  it.each([
    ['retry', ReasonCode.ServerShuttingDown],
    ['retry', ReasonCode.KeepAliveTimeout],
    ['retry', ReasonCode.MaximumConnectTime],
    ['retry', ReasonCode.AdministrativeAction],
    ['retry', ReasonCode.MalformedPacket],
    ['retry', ReasonCode.ProtocolError],
    ['refresh-credentials', ReasonCode.NotAuthorized],
    ['fatal', ReasonCode.SessionTakenOver],
    ['fatal', ReasonCode.TopicFilterInvalid],
    ['fatal', ReasonCode.PacketTooLarge],
  ] as const)('takes for "%s" a DISCONNECT of %i', async (remedy, reasonCode) => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.send(disconnect(reasonCode))
    await world.clock.pass(0)
    expect(client.status).toMatchObject({
      state: remedy === 'retry' ? 'waiting' : 'closed',
      cause: { code: 'connection-lost', remedy, reasonCode },
    })
    await world.outcome(client.close())
    expect(world.clock.waiting).toBe(0)
  })

  it('says what a client that was taken over can do', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.send(disconnect(ReasonCode.SessionTakenOver))
    await world.clock.pass(0)
    const { status } = client
    expect(status.state === 'closed' && status.cause?.message).toBe(
      'mqtt://server ended the connection: Session taken over (0x8e). Another client has ' +
        'connected with this Client Identifier: give each its own `clientId`.',
    )
    await expect(client.publish('a', 'b')).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringContaining('Session taken over'),
      cause: { reasonCode: 0x8e },
    })
  })
})

describe('another policy', () => {
  it('is asked about every failure, with its number', async () => {
    const world = new CoreWorld()
    const asked: [number, string][] = []
    const reconnect = (attempt: number, { code }: ClientError) => {
      asked.push([attempt, code])
      return attempt < 3 && attempt * 100
    }
    const client = await world.open({ reconnect })
    world.server.send(disconnect(ReasonCode.SessionTakenOver))
    await world.clock.pass(0)
    expect(client.status).toMatchObject({ state: 'waiting', until: 100 })
    world.server.refuseDials()
    await world.clock.pass(100)
    expect(client.status).toMatchObject({ state: 'waiting', until: 300 })
    await world.clock.pass(200)
    expect(client.status).toMatchObject({ state: 'closed', cause: { code: 'connection-failed' } })
    expect(asked).toEqual([
      [1, 'connection-lost'],
      [2, 'connection-failed'],
      [3, 'connection-failed'],
    ])
  })

  it('that is false closes the client when the connection is lost', async () => {
    const world = new CoreWorld()
    const client = await world.open({ reconnect: false })
    world.server.cut()
    await world.clock.pass(0)
    expect(client.status).toMatchObject({
      state: 'closed',
      cause: {
        code: 'connection-lost',
        message: 'The connection to mqtt://server was lost: The memory network was cut.',
      },
    })
    expect(world.clock.waiting).toBe(0)
  })

  it.each([
    [() => NaN],
    [() => -1],
    [
      () => {
        throw new Error('bug')
      },
    ],
  ])('that makes no sense closes the client', async (reconnect) => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open({ reconnect })
    expect(client.status).toMatchObject({
      state: 'closed',
      cause: { message: expect.stringContaining('`reconnect` has failed') },
    })
  })
})

describe('the session', () => {
  it('begins anew, and is gone on with after a loss', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.cut()
    world.server.connack = { sessionPresent: true }
    await world.clock.pass(1000)
    expect(client.status).toMatchObject({ state: 'connected', sessionPresent: true })
    expect(world.server.connections.map(({ connect }) => connect?.cleanStart)).toEqual([
      true,
      false,
    ])
  })

  it('is a new one each time before MQTT 5.0', async () => {
    const world = new CoreWorld()
    await world.open({ versions: [4] })
    world.server.cut()
    await world.clock.pass(1000)
    expect(world.server.connections.map(({ connect }) => connect?.cleanStart)).toEqual([true, true])
  })

  it.each([5, 4, 3] as const)(
    'of an earlier life is gone on with in version %i',
    async (version) => {
      const world = new CoreWorld({ connack: { sessionPresent: version !== 3 } })
      const options = { versions: [version], cleanStart: false, clientId: 'lasting' } as const
      const client = await world.open({ ...options, sessionExpirySeconds: 86_400 })
      expect(client.status.state).toBe('connected')
      world.server.cut()
      await world.clock.pass(1000)
      expect(world.server.connections.map(({ connect }) => connect?.cleanStart)).toEqual([
        false,
        false,
      ])
      await world.outcome(client.close())
      expect(world.server.received('disconnect')).toEqual([{ type: 'disconnect', reasonCode: 0 }])
    },
  )

  it('that only the server has is left at once for a new one', async () => {
    const world = new CoreWorld({ connack: { properties: { sessionExpiryInterval: 0 } } })
    const client = await world.open({ cleanStart: false, clientId: 'lasting' })
    world.server.cut()
    world.server.answer('connect', ({ cleanStart }) => connack({ sessionPresent: !cleanStart }))
    await world.clock.pass(1000)
    expect(client.status).toMatchObject({ state: 'connected', sessionPresent: false })
    expect(world.server.connections.map(({ connect }) => connect?.cleanStart)).toEqual([
      false,
      false,
      true,
    ])
  })

  it('with what is unacknowledged goes on where the server has it', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    const one = await world.outcome(client.publish('a', '1', { qos: 1 }))
    world.server.cut()
    world.server.connack = { sessionPresent: true }
    world.server.befriend('publish')
    await world.clock.pass(1000)
    expect(world.server.received('publish')).toMatchObject([{ topic: 'a', qos: 1, dup: true }])
    expect(one.value).toBe(0)
  })

  it('with what is unacknowledged is told anew where the server has it not', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    const one = await world.outcome(client.publish('a', '1', { qos: 2 }))
    world.server.cut()
    world.server.befriend('publish')
    await world.clock.pass(1000)
    expect(world.server.received('publish')).toMatchObject([{ topic: 'a', qos: 2, dup: false }])
    expect(one.value).toBe(0)
  })
})
