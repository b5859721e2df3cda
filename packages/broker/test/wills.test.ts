// The Will Message (§3.1.2.5): published when its client goes without saying DISCONNECT 0x00.

import { encode, ReasonCode } from '@godwit/codec'
import type { WillMessage } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { inWords, lasting, lose, resume } from './lasting.ts'
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

  it('when the program disconnects the client', async () => {
    const { watcher, broker } = await withWill()
    broker.disconnect('mortal', { reasonCode: ReasonCode.AdministrativeAction, cause: 'Enough' })
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('after a DISCONNECT that only a server may send', async () => {
    const { watcher, mortal } = await withWill()
    mortal.send(disconnect(ReasonCode.ServerShuttingDown))
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it('with all its properties but the delay, in order [MQTT-3.1.2-7] [MQTT-3.1.3-10]', async () => {
    const properties = {
      payloadFormatIndicator: 1,
      messageExpiryInterval: 30,
      contentType: 'text',
      responseTopic: 'answers',
      correlationData: Uint8Array.of(7),
      userProperty: [
        ['b', '1'],
        ['a', '2'],
        ['b', '1'],
      ],
    } as const
    const { watcher, mortal } = await withWill({
      properties: { ...properties, willDelayInterval: 60 },
    })
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye', { properties })])
  })

  it.each([1, 2] as const)('at QoS %i, also to those who are away', async (qos) => {
    const world = await withWill({ qos })
    world.client('away', lasting()).send(subscribe({ filter: 'gone', qos: 2 }), disconnect())
    world.client('near', { version: 4 }).send(subscribe({ filter: 'gone', qos: 1 }))
    world.mortal.transport.cut()
    const { taken } = resume(world, 'away', lasting(4))
    expect(inWords(taken)).toEqual(['connack present', `publish 1 q${qos} bye`])
  })

  it('in every version, to clients of every version', async () => {
    for (const version of VERSIONS) {
      const world = await withWill({ qos: 1 }, version)
      const peers = VERSIONS.map((to) => world.client(`w${to}`, { version: to }))
      for (const peer of peers) peer.send(subscribe({ filter: 'gone', qos: 1 }))
      for (const peer of peers) peer.take()
      world.mortal.transport.cut()
      for (const peer of peers) expect(inWords(peer.take())).toEqual(['publish 1 q1 bye'])
    }
  })

  it('behind what its client published before', async () => {
    const { watcher, mortal } = await withWill()
    mortal.write(encode(publish('gone', 'last words'), 5))
    mortal.write('00') // This is no packet.
    expect(watcher.takeTexts()).toEqual(['last words', 'bye'])
  })

  it('to its own session, which may have asked for it, but not with No Local', async () => {
    const world = await openWorld()
    const will = { ...WILL, qos: 1 } as const
    const mortal = world.client('mortal', { ...lasting(), will })
    mortal.send(subscribe({ filter: '+', qos: 1 }, { filter: 'gone', qos: 1, noLocal: true }))
    lose(world, mortal)
    expect(inWords(resume(world, 'mortal', lasting()).taken)).toEqual([
      'connack present',
      'publish 1 q1 bye',
    ])
    const shy = world.client('shy', { ...lasting(), will })
    shy.send(subscribe({ filter: 'gone', qos: 1, noLocal: true }))
    lose(world, shy)
    expect(inWords(resume(world, 'shy', lasting()).taken)).toEqual(['connack present'])
  })

  it('once [MQTT-3.1.2-10]', async () => {
    const { watcher, mortal, client, clock } = await withWill()
    mortal.transport.cut()
    client('mortal')
    clock.advance(60_000)
    expect(watcher.take()).toEqual([publish('gone', 'bye')])
  })

  it.each(VERSIONS)('with RETAIN if version %i asked for it [MQTT-3.1.2-15]', async (version) => {
    const { watcher, mortal, client } = await withWill({ retain: true, qos: 1 }, version)
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye', { retain: true })])
    const later = client('later')
    later.send(subscribe('gone'))
    expect(inWords(later.take())).toEqual(['suback 1', 'publish q0 retain bye'])
  })

  it.each(VERSIONS)('without RETAIN if version %i did not [MQTT-3.1.2-14]', async (version) => {
    const { watcher, mortal, broker } = await withWill({ retain: false }, version)
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', 'bye', { retain: false })])
    expect(broker.stats().retainedMessages).toBe(0)
  })

  it('in place of what was retained: who is online, and who is not', async () => {
    const { mortal, client } = await withWill({ retain: true })
    mortal.send(publish('gone', 'here', { retain: true }))
    mortal.transport.cut()
    const later = client('later')
    later.send(subscribe('gone'))
    expect(inWords(later.take())).toEqual(['suback 1', 'publish q0 retain bye'])
  })

  it('empty and with RETAIN, to remove what was retained', async () => {
    const { mortal, broker, watcher } = await withWill({
      retain: true,
      payload: new Uint8Array(0),
    })
    mortal.send(publish('gone', 'here', { retain: true }))
    expect(broker.stats().retainedMessages).toBe(1)
    watcher.take()
    mortal.transport.cut()
    expect(watcher.take()).toEqual([publish('gone', '', { retain: true })])
    expect(broker.stats().retainedMessages).toBe(0)
  })
})

describe('the Will is not published', () => {
  it.each(VERSIONS)('where version %i has none [MQTT311-3.1.2-12]', async (version) => {
    const { client, broker } = await openWorld()
    const mortal = client('mortal', { version })
    const everything = client('watcher')
    everything.send(subscribe('#'))
    everything.take()
    mortal.transport.cut()
    expect(everything.take()).toEqual([])
    expect(broker.stats().clients).toBe(1)
  })

  it.each(VERSIONS)(
    'after CONNECT and DISCONNECT of version %i in one segment',
    async (version) => {
      const world = await openWorld()
      const watcher = watching(world)
      const mortal = world.dial(version)
      mortal.send(connect({ version, will: WILL }), disconnect())
      mortal.transport.cut()
      expect(watcher.take()).toEqual([])
    },
  )

  it('on the topics of the broker, and that is counted', async () => {
    const { client, broker, clock } = await openWorld({ systemTopicsEveryMs: 0 })
    const watcher = client('watcher')
    watcher.send(subscribe('$SYS/#', '$other/#'))
    watcher.take()
    for (const topic of ['$SYS/broker/version', '$other/x']) {
      client(`to ${topic}`, { will: willOf(topic) }).transport.cut()
    }
    clock.settle()
    expect(watcher.take()).toEqual([publish('$other/x', 'bye')])
    expect(broker.stats().publishesRefused).toBe(1)
  })

  it('where no more is retained at QoS 1, and that is counted', async () => {
    const { client, broker, clock } = await openWorld({
      systemTopicsEveryMs: 0,
      limits: { retainedMessagesMax: 1 },
    })
    client('first').send(publish('a', 'x', { retain: true }))
    client('mortal', { will: { ...WILL, qos: 1, retain: true } }).transport.cut()
    clock.settle()
    expect(broker.stats()).toMatchObject({
      publishesRefused: 1,
      retainedMessages: 1,
      messagesDropped: { 'retained-full': 1 },
    })
  })
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
    const { dial } = await openWorld({ capabilities: { maximumQoS: 0, retainAvailable: false } })
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
