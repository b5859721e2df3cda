// The Will Message (§3.1.2.5): published when its client goes without saying DISCONNECT 0x00.

import { ReasonCode } from '@godwit/codec'
import type { WillMessage } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { connect, disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('the Will is published', () => {
  it.each(VERSIONS)('when the connection of version %i is lost [MQTT-3.1.2-8]', async (version) => {
    const { watcher, mortal } = await withWill({}, version)
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('when the client ends the connection without DISCONNECT', async () => {
    const { watcher, mortal } = await withWill()
    mortal.transport.close()
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('when the Keep Alive is over [MQTT-3.1.2-22]', async () => {
    const { watcher, clock } = await withWill()
    clock.advance(15_400)
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('after DISCONNECT 0x04', async () => {
    const { watcher, mortal } = await withWill()
    mortal.send(disconnect(ReasonCode.DisconnectWithWillMessage))
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('when the client breaks the protocol', async () => {
    const { watcher, mortal } = await withWill()
    mortal.write('00')
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('when the session is taken over', async () => {
    const { watcher, client } = await withWill()
    client('mortal')
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('as CONNECT gave it, but for the delay, which is of no use here [MQTT-3.1.2-7]', async () => {
    const properties = { contentType: 'text', willDelayInterval: 60 }
    const { watcher, mortal } = await withWill({ properties })
    mortal.transport.cut()
    expect(watcher.take()).toEqual([
      publish('gone', 'bye', { properties: { contentType: 'text' } }),
    ])
  })

  it('once [MQTT-3.1.2-10]', async () => {
    const { watcher, mortal, client, clock } = await withWill()
    mortal.transport.cut()
    client('mortal')
    clock.advance(60_000)
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('with RETAIN as MQTT 3.1.1 asked for it [MQTT-3.1.2-15]', async () => {
    const { watcher, mortal } = await withWill({ retain: true, qos: 1 }, 4)
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye', { retain: true })])
  })

  it('without RETAIN where none was asked for [MQTT-3.1.2-14]', async () => {
    const { watcher, mortal } = await withWill({ retain: false }, 4)
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye', { retain: false })])
  })
})

describe('the Will is not published', () => {
  it.each(VERSIONS)('after DISCONNECT in version %i [MQTT-3.14.4-3]', async (version) => {
    const { watcher, mortal } = await withWill({}, version)
    mortal.send(disconnect())
    mortal.transport.cut()
    expect(watcher.take()).toEqual([])
  })

  it('of a client that was not let in', async () => {
    const world = await openWorld({ limits: { clientIdLengthMax: 8 } })
    const watcher = watching(world)
    const peer = world.dial()
    peer.send(connect({ clientId: 'much too long', will: WILL }))
    expect(watcher.take()).toEqual([])
  })
})

describe('a Will that the broker could not publish is refused at CONNECT', () => {
  const deep = { ...willOf('a/b/c') }

  it('with 0x90 for a Topic Name beyond the limits', async () => {
    const { dial, seen } = await openWorld({ limits: { topicLevelsMax: 2 } })
    const peer = dial()
    peer.send(connect({ will: deep }))
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x90 }])
    expect(seen).toEqual(['refused memory 0x90'])
  })

  it('without CONNACK in MQTT 3.1.1, which has no code for it', async () => {
    const { dial } = await openWorld({ limits: { topicLevelsMax: 2 } })
    const peer = dial(4)
    peer.send(connect({ version: 4, will: deep }))
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })

  it('with 0x9B for QoS 1, and 0x9A for RETAIN [MQTT-3.2.2-12] [MQTT-3.2.2-13]', async () => {
    const { dial } = await openWorld()
    const [qos, retain] = [dial(), dial()]
    qos.send(connect({ will: { ...willOf('a'), qos: 1 } }))
    retain.send(connect({ will: { ...willOf('a'), retain: true } }))
    expect(qos.take()).toMatchObject([{ type: 'connack', reasonCode: 0x9b }])
    expect(retain.take()).toMatchObject([{ type: 'connack', reasonCode: 0x9a }])
  })
})

const WILL: WillMessage = willOf('gone')

function willOf(topic: string): WillMessage {
  return { topic, payload: new TextEncoder().encode('bye'), qos: 0, retain: false }
}

/** A client with a Will and a Keep Alive of 10 s, and another that waits for the Will. */
async function withWill(
  fields: Partial<WillMessage> = {},
  version: 3 | 4 | 5 = 5,
): Promise<World & { watcher: Peer; mortal: Peer }> {
  const world = await openWorld()
  const watcher = watching(world)
  const will = { ...willOf('gone'), ...fields }
  const mortal = world.client('mortal', { version, keepAlive: 10, will })
  return { ...world, watcher, mortal }
}

function watching({ client }: World): Peer {
  const watcher = client('watcher')
  watcher.send(subscribe({ filter: 'gone', retainAsPublished: true }))
  watcher.take()
  return watcher
}
