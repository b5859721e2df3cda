// Keep Alive, take-over, and what a broker says when it sends a client away.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'

describe('Keep Alive', () => {
  it.each([3, 4, 5] as const)('keeps a silent client of version %i connected', async (version) => {
    await using world = await testBroker()
    const options = { clientId: 'c', keepAliveSeconds: 10, versions: [version] } as const
    await using client = await world.connect(options)
    await world.advance(120_000)
    expect(client.statistics.connections).toBe(1)
    expect(world.packets('c', 'pingreq').length).toBeGreaterThan(10)
  })

  it('is the Server Keep Alive, where the server has one [MQTT-3.2.2-21]', async () => {
    await using world = await testBroker({ limits: { keepAliveSecondsMax: 5 } })
    await using client = await world.connect({ clientId: 'c', keepAliveSeconds: 600 })
    await world.advance(60_000)
    expect(client.statistics.connections).toBe(1)
    expect(world.packets('c', 'pingreq').length).toBeGreaterThan(10)
  })

  it('is not said while the client says other things', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', keepAliveSeconds: 10 })
    for (let second = 0; second < 60; second += 4) {
      await client.publish('a', 'x', { qos: 1 })
      await world.advance(4_000)
    }
    expect(world.packets('c', 'pingreq')).toEqual([])
  })

  it('finds out that the server is gone', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', keepAliveSeconds: 10 })
    world.drop('c', 'pingresp', { times: Infinity })
    await world.advance(20_000)
    expect(client.statistics.connections).toBe(2)
  })
})

describe('a client', () => {
  it('that is taken over does not fight for its session [MQTT-3.1.4-3]', async () => {
    await using world = await testBroker()
    await using first = await world.connect({ clientId: 'c' })
    await using second = await world.connect({ clientId: 'c' })
    await world.advance(120_000)
    expect(first.status).toMatchObject({
      state: 'closed',
      cause: { reasonCode: ReasonCode.SessionTakenOver, remedy: 'fatal' },
    })
    expect(second.statistics.connections).toBe(1)
  })

  it('that is not let in says why', async () => {
    await using world = await testBroker({
      guards: {
        authenticate: ({ connect }) =>
          connect.username === 'ada' ? ReasonCode.Success : ReasonCode.BadUserNameOrPassword,
      },
    })
    await expect(world.connect({ username: 'bob', password: 'x' })).rejects.toMatchObject({
      code: 'connect-refused',
      reasonCode: ReasonCode.BadUserNameOrPassword,
      remedy: 'refresh-credentials',
    })
    await using client = await world.connect({ credentials: () => ({ username: 'ada' }) })
    expect(client.status.state).toBe('connected')
  })

  it('comes back when the server shuts down and is there again', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const reasonCode = ReasonCode.ServerBusy
    expect(world.broker.disconnect('c', { reasonCode, cause: 'too much' })).toBe(true)
    await world.settled()
    expect(client.status).toMatchObject({ state: 'waiting', cause: { reasonCode } })
    await world.advanceUntil(client.connected())
    expect(client.statistics.connections).toBe(2)
  })
})
