// How a client notices that its server is gone, and that time has passed without it.

import { describe, expect, it, vi } from 'vitest'
import { CoreWorld } from './core-world.ts'

describe('keep alive', () => {
  it('asks before the promised time is over, and only if there was silence', async () => {
    const world = new CoreWorld()
    const client = await world.open({ keepAliveSeconds: 60 })
    await world.clock.pass(49_999)
    expect(world.server.received('pingreq')).toHaveLength(0)
    await world.clock.pass(1)
    expect(world.server.received('pingreq')).toHaveLength(1)
    for (let i = 0; i < 10; i++) {
      await world.clock.pass(20_000)
      await world.outcome(client.publish('a', 'b', { qos: 1 }))
    }
    expect(world.server.received('pingreq')).toHaveLength(1)
    expect(client.status.state).toBe('connected')
  })

  it('uses one timer, which a message does not move', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    expect(world.clock.waiting).toBe(1)
    const { armed } = world.clock
    for (let i = 0; i < 100; i++) {
      void client.publish('a', 'b')
      await world.clock.pass(10)
    }
    expect(world.clock.waiting).toBe(1)
    expect(world.clock.armed).toBe(armed)
  })

  it('takes the time that the server wants', async () => {
    const world = new CoreWorld({ connack: { properties: { serverKeepAlive: 10 } } })
    await world.open({ keepAliveSeconds: 60 })
    await world.clock.pass(5000)
    expect(world.server.received('pingreq')).toHaveLength(1)
  })

  it('is off at 0', async () => {
    const world = new CoreWorld()
    await world.open({ keepAliveSeconds: 0 })
    await world.clock.pass(10_000_000)
    expect(world.server.received('pingreq')).toHaveLength(0)
    expect(world.clock.waiting).toBe(0)
  })

  it('gives a server up that does not answer, and comes back', async () => {
    const world = new CoreWorld({ silent: ['pingreq'] })
    const client = await world.open({ keepAliveSeconds: 60 })
    await world.clock.pass(59_999)
    expect(client.status.state).toBe('connected')
    await world.clock.pass(1)
    expect(client.status).toMatchObject({
      state: 'waiting',
      cause: {
        code: 'connection-lost',
        reasonCode: 0x8d,
        message: 'The connection to mqtt://server was lost: No PINGRESP came in time.',
      },
    })
    await world.clock.pass(500)
    expect(client.status.state).toBe('connected')
  })
})

describe('a tab that slept', () => {
  it('asks at once when it wakes up, and goes on if the server is there', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    await world.clock.sleep(3_600_000)
    expect(world.server.received('pingreq')).toHaveLength(1)
    expect(client.status.state).toBe('connected')
  })

  it('finds out within the time for an answer that the server is gone', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.freeze()
    await world.clock.sleep(3_600_000)
    expect(client.status.state).toBe('connected')
    await world.clock.pass(10_000)
    expect(client.status.state).toBe('waiting')
    await world.clock.pass(500)
    expect(client.status.state).toBe('connected')
    expect(world.server.connections).toHaveLength(2)
  })

  it('gives up at once what had been asked before it slept', async () => {
    const world = new CoreWorld({ silent: ['pingreq'] })
    const client = await world.open()
    await world.clock.pass(50_000)
    await world.clock.sleep(3_600_000)
    expect(client.status.state).toBe('waiting')
  })

  it('is looked after when the page comes back, before any timer rings', async () => {
    const world = new CoreWorld()
    const page = new EventTarget()
    vi.stubGlobal('document', page)
    const client = await world.open()
    vi.unstubAllGlobals()
    page.dispatchEvent(new Event('visibilitychange'))
    await world.clock.pass(0)
    expect(world.server.received('pingreq')).toHaveLength(0)
    await world.clock.doze(3_600_000)
    page.dispatchEvent(new Event('visibilitychange'))
    await world.clock.pass(0)
    expect(world.server.received('pingreq')).toHaveLength(1)
    world.server.refuseDials()
    world.server.cut()
    await world.clock.pass(0)
    expect(client.status).toMatchObject({ state: 'waiting' })
    world.server.acceptDials()
    Object.assign(page, { visibilityState: 'hidden' })
    page.dispatchEvent(new Event('visibilitychange'))
    await world.clock.pass(0)
    expect(client.status.state).toBe('waiting')
    Object.assign(page, { visibilityState: 'visible' })
    page.dispatchEvent(new Event('visibilitychange'))
    await world.clock.pass(0)
    expect(client.status.state).toBe('connected')
    await world.outcome(client.close())
    page.dispatchEvent(new Event('visibilitychange'))
    await world.clock.pass(0)
    expect(world.server.connections).toHaveLength(2)
    expect(world.clock.waiting).toBe(0)
  })

  it('connects at once if it was waiting', async () => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open()
    world.server.acceptDials()
    await world.clock.sleep(3_600_000)
    expect(client.status.state).toBe('connected')
  })
})
