// The states of a client, as a program sees them.

import { describe, expect, it } from 'vitest'
import { CoreWorld } from './core-world.ts'

describe('the status', () => {
  it('is given at once and then as it changes, and ends with the client', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.cut()
    await world.clock.pass(1000)
    await world.outcome(client.close())
    await world.clock.pass(0)
    expect(world.states).toEqual([
      'connecting',
      'connected',
      'waiting',
      'connecting',
      'connected',
      'closed',
    ])
  })

  it('does not tell a slow reader what is out of date', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const changes = client.statusChanges()[Symbol.asyncIterator]()
    expect((await changes.next()).value).toMatchObject({ state: 'connected' })
    world.server.cut()
    await world.clock.pass(1000)
    await world.outcome(client.close())
    expect((await changes.next()).value).toEqual({ state: 'closed' })
    expect((await changes.next()).done).toBe(true)
  })

  it('can be watched until a signal aborts', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const control = new AbortController()
    const changes = client.statusChanges({ signal: control.signal })[Symbol.asyncIterator]()
    await changes.next()
    const next = await world.outcome(changes.next())
    control.abort('enough')
    await world.clock.pass(0)
    expect(next.error).toBe('enough')
  })

  it('can be waited for: connected', async () => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open()
    const control = new AbortController()
    const given = await world.outcome(client.connected({ signal: control.signal }))
    const connected = await world.outcome(client.connected())
    control.abort('enough')
    world.server.acceptDials()
    await world.clock.pass(1000)
    expect(given.error).toBe('enough')
    expect(connected.state).toBe('resolved')
    await expect(client.connected()).resolves.toBeUndefined()
  })
})
