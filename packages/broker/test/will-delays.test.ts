// The Will Delay Interval (§3.1.3.2.2): a Will waits for its client to come back, but no longer
// than the session does.

import { ReasonCode } from '@godwit/codec'
import type { ConnectPacket } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { lasting, lose, resume } from './lasting.ts'
import { disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('a Will with a delay is published', () => {
  it('when the delay is over, in a session that goes on [MQTT-3.1.2-8]', async () => {
    const { clock, watcher, broker } = await afterLoss(10, 3600)
    clock.advance(9_900)
    expect(watcher.takeTexts()).toEqual([])
    clock.advance(300)
    expect(watcher.takeTexts()).toEqual(['bye'])
    expect(broker.stats().sessions).toBe(2)
    clock.advance(3_600_000)
    expect(watcher.takeTexts()).toEqual([])
  })

  it('when the session ends, if that is earlier [MQTT-3.1.2-8]', async () => {
    const { clock, watcher, broker } = await afterLoss(3600, 10)
    clock.advance(9_900)
    expect(watcher.takeTexts()).toEqual([])
    clock.advance(300)
    expect(watcher.takeTexts()).toEqual(['bye'])
    expect(broker.stats()).toMatchObject({ sessions: 1, sessionsExpired: 1 })
    clock.advance(3_600_000)
    expect(watcher.takeTexts()).toEqual([])
  })

  it('at once, if the session ends with the connection', async () => {
    const { watcher } = await afterLoss(3600, 0)
    expect(watcher.takeTexts()).toEqual(['bye'])
  })

  it('at once, if its client comes back and begins anew', async () => {
    const world = await afterLoss(3600, 3600)
    resume(world, 'mortal', { ...lasting(), cleanStart: true })
    expect(world.watcher.takeTexts()).toEqual(['bye'])
  })

  it('at once, if its client is taken over by one that begins anew', async () => {
    const world = await withDelay(3600, 3600)
    resume(world, 'mortal', { ...lasting(), cleanStart: true })
    expect(world.watcher.takeTexts()).toEqual(['bye'])
  })

  it('when it is over after DISCONNECT 0x04', async () => {
    const { clock, watcher, mortal } = await withDelay(10, 3600)
    mortal.send(disconnect(ReasonCode.DisconnectWithWillMessage))
    clock.advance(9_900)
    expect(watcher.takeTexts()).toEqual([])
    clock.advance(300)
    expect(watcher.takeTexts()).toEqual(['bye'])
  })

  it('at once after a DISCONNECT 0x04 that ends the session', async () => {
    const { watcher, mortal } = await withDelay(10, 3600)
    const properties = { sessionExpiryInterval: 0 }
    mortal.send({
      type: 'disconnect',
      reasonCode: ReasonCode.DisconnectWithWillMessage,
      properties,
    })
    expect(watcher.takeTexts()).toEqual(['bye'])
  })

  it('with a Message Expiry Interval that counts from then', async () => {
    const { clock, watcher } = await afterLoss(10, 3600, { messageExpiryInterval: 5 })
    clock.advance(11_000)
    expect(watcher.take()).toEqual([
      publish('gone', 'bye', { properties: { messageExpiryInterval: 5 } }),
    ])
  })

  it('as of then, though nothing else has happened for long', async () => {
    const world = await openWorld({ systemTopicsEveryMs: 0 })
    const fields = fieldsOf(10, 3600, { messageExpiryInterval: 5 })
    const { will } = fields
    if (will === undefined) throw new TypeError('It has a will')
    lose(world, world.client('mortal', { ...fields, will: { ...will, retain: true } }))
    world.clock.advance(12_000)
    const late = world.client('late')
    late.send(subscribe('gone'))
    expect(late.takeTexts()).toEqual(['bye'])
    world.clock.advance(4_000)
    expect(world.broker.stats().retainedMessages).toBe(0)
  })

  it('as one of each connection, if each is lost for long enough', async () => {
    const world = await afterLoss(10, 3600)
    world.clock.advance(11_000)
    const again = world.client('mortal', fieldsOf(10, 3600, {}, 'bye again'))
    lose(world, again)
    world.clock.advance(11_000)
    expect(world.watcher.takeTexts()).toEqual(['bye', 'bye again'])
  })
})

describe('a Will with a delay is not published', () => {
  it.each(VERSIONS)(
    'if its client is back in version %i before [MQTT-3.1.3-9]',
    async (version) => {
      const world = await afterLoss(10, 3600)
      world.clock.advance(9_900)
      resume(world, 'mortal', lasting(version))
      world.clock.advance(3_600_000)
      expect(world.watcher.takeTexts()).toEqual([])
    },
  )

  it('if a connection of its client takes over [MQTT-3.1.3-9]', async () => {
    const world = await withDelay(10, 3600)
    resume(world, 'mortal', lasting())
    world.clock.advance(3_600_000)
    expect(world.watcher.takeTexts()).toEqual([])
  })

  it('after DISCONNECT 0x00, on this connection or the next [MQTT-3.14.4-3]', async () => {
    const first = await withDelay(10, 3600)
    first.mortal.send(disconnect())
    first.clock.advance(3_600_000)
    expect(first.watcher.takeTexts()).toEqual([])
    const second = await afterLoss(10, 3600)
    resume(second, 'mortal', lasting()).peer.send(disconnect())
    second.clock.advance(3_600_000)
    expect(second.watcher.takeTexts()).toEqual([])
  })

  it('as long as its client flaps', async () => {
    const world = await afterLoss(10, 3600)
    for (let round = 0; round < 20; round++) {
      world.clock.advance(5_000)
      lose(world, world.client('mortal', fieldsOf(10, 3600)))
    }
    expect(world.watcher.takeTexts()).toEqual([])
    world.clock.advance(11_000)
    expect(world.watcher.takeTexts()).toEqual(['bye'])
  })
})

describe('when the broker shuts down, a Will', () => {
  it('is published to the program, if it has no delay', async () => {
    const { broker, clock, heard } = await withProgram(0)
    const closed = broker.close()
    await clock.settled()
    await closed
    expect(heard).toEqual(['bye'])
  })

  it('is published if the session ends with its connection', async () => {
    const { broker, clock, heard } = await withProgram(10, 0)
    const closed = broker.close()
    await clock.settled()
    await closed
    expect(heard).toEqual(['bye'])
  })

  it('that waits for its client is not: nobody knows whether it comes back', async () => {
    const { broker, clock, heard } = await withProgram(10)
    const closed = broker.close()
    await clock.settled()
    await closed
    clock.advance(3_600_000)
    expect(heard).toEqual([])
  })
})

function fieldsOf(
  willDelayInterval: number,
  sessionExpiryInterval: number,
  more: { readonly messageExpiryInterval?: number } = {},
  text = 'bye',
): Partial<ConnectPacket> {
  const payload = new TextEncoder().encode(text)
  return {
    ...lasting(5, { sessionExpiryInterval }),
    will: {
      topic: 'gone',
      payload,
      qos: 1,
      retain: false,
      properties: { willDelayInterval, ...more },
    },
  }
}

/** A client with a Will, and another that waits for the Will. */
async function withDelay(
  ...fields: Parameters<typeof fieldsOf>
): Promise<World & { readonly watcher: Peer; readonly mortal: Peer }> {
  const world = await openWorld()
  const watcher = world.client('watcher')
  watcher.send(subscribe('gone'))
  watcher.take()
  return { ...world, watcher, mortal: world.client('mortal', fieldsOf(...fields)) }
}

/** The same, when the connection of the client is lost. */
async function afterLoss(...fields: Parameters<typeof fieldsOf>): ReturnType<typeof withDelay> {
  const world = await withDelay(...fields)
  lose(world, world.mortal)
  return world
}

async function withProgram(
  delay: number,
  expiry = 3600,
): Promise<World & { readonly heard: string[] }> {
  const world = await withDelay(delay, expiry)
  const heard: string[] = []
  world.broker.subscribe('gone', ({ payload }) => heard.push(new TextDecoder().decode(payload)))
  return { ...world, heard }
}
