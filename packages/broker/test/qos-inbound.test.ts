// QoS 1 and 2 from a client to the broker (§4.3): what is acknowledged, when, and delivered once.

import { encode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe.each(VERSIONS)('a PUBLISH of version %i', (version) => {
  it('of QoS 1 is answered with PUBACK [MQTT-4.3.2-4] [MQTT-3.3.4-1]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    peer.send(publish('a', 'x', { qos: 1, packetId: 65_535 }))
    expect(inWords(peer.take())).toEqual(['puback 65535'])
    expect(watcher.takeTexts()).toEqual(['x'])
  })

  it('of QoS 2 is answered with PUBREC, and its PUBREL with PUBCOMP [MQTT-4.3.3-8]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    peer.send(publish('a', 'x', { qos: 2, packetId: 7 }))
    expect(inWords(peer.take())).toEqual(['pubrec 7'])
    expect(watcher.takeTexts()).toEqual(['x'])
    peer.send(ack('pubrel', 7))
    expect(inWords(peer.take())).toEqual(['pubcomp 7'])
    expect(watcher.takeTexts()).toEqual([])
  })

  it('of QoS 2 is delivered once, also if its DUP is in the same segment', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    const first = publish('a', 'x', { qos: 2, packetId: 7 })
    const again = { ...first, dup: true }
    peer.send(first, again, again, again)
    expect(inWords(peer.take())).toEqual(['pubrec 7', 'pubrec 7', 'pubrec 7', 'pubrec 7'])
    peer.send(again, ack('pubrel', 7), ack('pubrel', 7))
    expect(inWords(peer.take()).slice(0, 2)).toEqual(['pubrec 7', 'pubcomp 7'])
    expect(watcher.takeTexts()).toEqual(['x'])
  })

  it('of QoS 2 with an identifier that was released is a new message [MQTT-4.3.3-11]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    const one = publish('a', 'one', { qos: 2, packetId: 7 })
    peer.send(one, ack('pubrel', 7), publish('a', 'two', { qos: 2, packetId: 7 }))
    peer.send(ack('pubrel', 7))
    expect(inWords(peer.take())).toEqual(['pubrec 7', 'pubcomp 7', 'pubrec 7', 'pubcomp 7'])
    expect(watcher.takeTexts()).toEqual(['one', 'two'])
  })

  it('of QoS 1 with DUP is a message like any other [MQTT-4.3.2-5]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    const first = publish('a', 'x', { qos: 1, packetId: 7 })
    peer.send({ ...first, dup: true }, first, { ...first, dup: true })
    expect(inWords(peer.take())).toEqual(['puback 7', 'puback 7', 'puback 7'])
    expect(watcher.takeTexts()).toEqual(['x', 'x', 'x'])
  })

  it('may use one identifier for QoS 1 while it is in use for QoS 2', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    peer.send(publish('a', 'two', { qos: 2, packetId: 7 }))
    peer.send(publish('a', 'one', { qos: 1, packetId: 7 }), ack('pubrel', 7))
    expect(inWords(peer.take())).toEqual(['pubrec 7', 'puback 7', 'pubcomp 7'])
    expect(watcher.takeTexts()).toEqual(['two', 'one'])
  })

  it('in a crowd is answered in the order of arrival [MQTT-4.6.0-2] [MQTT-4.6.0-3]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p', { version })
    const numbers = Array.from({ length: 900 }, (_, index) => index + 1)
    peer.send(
      ...numbers.map((packetId) => {
        const qos = packetId % 3 === 0 ? 2 : 1
        return publish('a', `${packetId}`, { qos, packetId })
      }),
    )
    expect(inWords(peer.take())).toEqual(
      numbers.map((packetId) => `${packetId % 3 === 0 ? 'pubrec' : 'puback'} ${packetId}`),
    )
    expect(watcher.takeTexts()).toEqual(numbers.map(String))
  })

  it('that nobody wants is taken all the same [MQTT-4.3.2-4]', async () => {
    const { client } = await openWorld()
    const peer = client('p', { version })
    peer.send(
      publish('a', '', { qos: 1, packetId: 1 }),
      publish('a', '', { qos: 2, packetId: 2 }),
      ack('pubrel', 2),
    )
    expect(inWords(peer.take())).toEqual(
      version === 5
        ? ['puback 1 0x10', 'pubrec 2 0x10', 'pubcomp 2']
        : ['puback 1', 'pubrec 2', 'pubcomp 2'],
    )
  })

  it('to a reserved topic goes to nobody, and is refused where there is a word for it', async () => {
    const { client, broker } = await openWorld()
    const watcher = client('w')
    watcher.send(subscribe('$SYS/#'))
    watcher.take()
    const peer = client('p', { version })
    peer.send(publish('$SYS/x', '', { qos: 1, packetId: 1 }))
    peer.send(publish('$SYS/x', '', { qos: 2, packetId: 2 }), publish('$SYS/x'))
    expect(inWords(peer.take())).toEqual(
      version === 5 ? ['puback 1 0x87', 'pubrec 2 0x87'] : ['puback 1', 'pubrec 2'],
    )
    expect(watcher.take()).toEqual([])
    expect(broker.stats().publishesRefused).toBe(3)
  })

  it('of QoS 2 is remembered over a lost connection [MQTT-4.3.3-10]', async () => {
    const world = await watched()
    const first = world.client('p', lasting(version))
    const message = publish('a', 'x', { qos: 2, packetId: 7 })
    first.write(encode(message, version))
    world.clock.settle()
    lose(world, first)
    const { peer, taken } = resume(world, 'p', lasting(version))
    expect(taken).toMatchObject([{ sessionPresent: version > 3 }])
    peer.send({ ...message, dup: true })
    peer.send(ack('pubrel', 7))
    expect(inWords(peer.take())).toEqual(['pubrec 7', 'pubcomp 7'])
    expect(world.watcher.takeTexts()).toEqual(['x'])
  })

  it('of QoS 2 is forgotten with its session', async () => {
    const world = await watched()
    const message = publish('a', 'x', { qos: 2, packetId: 7 })
    world.client('p', { version }).send(message)
    const again = world.client('p', { version })
    again.send({ ...message, dup: true })
    expect(inWords(again.take())).toEqual(['pubrec 7'])
    expect(world.watcher.takeTexts()).toEqual(['x', 'x'])
  })

  it('of QoS 2 whose PUBREL came on another connection is released by it', async () => {
    const world = await watched()
    const first = world.client('p', lasting(version))
    first.send(publish('a', 'one', { qos: 2, packetId: 7 }))
    lose(world, first)
    const { peer } = resume(world, 'p', lasting(version))
    peer.send(ack('pubrel', 7), publish('a', 'two', { qos: 2, packetId: 7 }))
    expect(inWords(peer.take())).toEqual(['pubcomp 7', 'pubrec 7'])
    expect(world.watcher.takeTexts()).toEqual(['one', 'two'])
  })

  it('beyond the limits of topics is refused, and blocks nothing that comes later', async () => {
    const world = await watched({ limits: { topicLevelsMax: 2 } })
    const first = world.client('p', lasting(version))
    const tooDeep = publish('a/b/c', 'x', { qos: 2, packetId: 7 })
    first.send(tooDeep)
    expect(inWords(first.take())).toEqual(version === 5 ? ['pubrec 7 0x90'] : [])
    expect(first.closed).toBe(version === 5 ? undefined : 'in order')
    lose(world, first)
    const { peer } = resume(world, 'p', lasting(version))
    peer.send(publish('a', 'fine', { qos: 2, packetId: 7 }))
    peer.send(publish('a', 'too', { qos: 1, packetId: 8 }))
    expect(inWords(peer.take())).toEqual(['pubrec 7', 'puback 8'])
    expect(world.watcher.takeTexts()).toEqual(['fine', 'too'])
  })
})

describe('acknowledgements of nothing', () => {
  it('get 0x92 in MQTT 5.0 where they need an answer, and harm nobody', async () => {
    const { client } = await openWorld()
    const peer = client('c')
    peer.send(ack('puback', 9), ack('pubrec', 9), ack('pubrel', 9), ack('pubcomp', 9))
    peer.send(ack('pubrec', 9, 0x80), PINGREQ)
    expect(inWords(peer.take())).toEqual(['pubrel 9 0x92', 'pubcomp 9 0x92', 'pingresp'])
  })

  it.each([3, 4] as const)('are completed without a word in version %i', async (version) => {
    const { client } = await openWorld()
    const peer = client('c', { version })
    peer.send(ack('puback', 9), ack('pubrec', 9), ack('pubrel', 9), ack('pubcomp', 9), PINGREQ)
    expect(inWords(peer.take())).toEqual(['pubrel 9', 'pubcomp 9', 'pingresp'])
  })
})

describe('what a client has unfinished', () => {
  it('is at most the Receive Maximum in MQTT 5.0; beyond it 0x93 [MQTT-3.3.4-7]', async () => {
    const { client, watcher } = await watched({ limits: { receiveMaximum: 3 } })
    const peer = client('p')
    const messages = [1, 2, 3, 4].map((packetId) => publish('a', '', { qos: 2, packetId }))
    peer.send(...messages.slice(0, 3))
    peer.send({ ...messages[0]!, dup: true }, ack('pubrel', 2), { ...messages[1]! })
    expect(peer.take()).toHaveLength(6)
    peer.send(messages[3]!, PINGREQ)
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x93 }])
    expect(peer.closed).toBe('in order')
    expect(watcher.take()).toHaveLength(4)
  })

  it('does not count at QoS 1, which is answered at once: 10,000 in one segment', async () => {
    for (const version of VERSIONS) {
      const { client, watcher } = await watched({ limits: { receiveMaximum: 2 } })
      const peer = client('p', { version })
      peer.send(
        ...Array.from({ length: 10_000 }, (_, index) =>
          publish('a', '', { qos: 1, packetId: 1 + index }),
        ),
      )
      expect(peer.take()).toHaveLength(10_000)
      expect(watcher.take()).toHaveLength(10_000)
    }
  })

  it('does not count what was refused, and counts anew on another connection', async () => {
    const world = await watched({ limits: { receiveMaximum: 1 } })
    const first = world.client('p', lasting())
    first.send(publish('$SYS/a', '', { qos: 2, packetId: 1 }))
    first.send(publish('a', '', { qos: 2, packetId: 2 }))
    expect(inWords(first.take())).toEqual(['pubrec 1 0x87', 'pubrec 2'])
    lose(world, first)
    const { peer } = resume(world, 'p', lasting())
    peer.send(publish('a', '', { qos: 2, packetId: 3 }))
    expect(inWords(peer.take())).toEqual(['pubrec 3'])
    peer.send(publish('a', '', { qos: 2, packetId: 4 }))
    expect(inWords(peer.take())).toEqual(['disconnect 0x93'])
  })

  it('may be 60,000 messages of QoS 2 in MQTT 3.1.1: they are delivered once each', async () => {
    const { client, watcher } = await watched()
    const peer = client('p', { version: 4 })
    const messages = Array.from({ length: 60_000 }, (_, index) =>
      encode(publish('a', '', { qos: 2, packetId: 1 + index }), 4),
    )
    for (let sent = 0; sent < 60_000; sent += 10_000) {
      peer.write(...messages.slice(sent, sent + 10_000))
      expect(peer.take()).toHaveLength(10_000)
    }
    expect(watcher.take()).toHaveLength(60_000)
    peer.write(...messages.slice(-1000))
    expect(peer.take()).toHaveLength(1000)
    expect(watcher.take()).toEqual([])
    peer.send(ack('pubrel', 60_000))
    expect(inWords(peer.take())).toEqual(['pubcomp 60000'])
  })

  it('of 60,000 messages of QoS 2 ends at the limit in MQTT 5.0 with 0x93', async () => {
    const { client, watcher } = await watched()
    const peer = client('p')
    const messages = Array.from({ length: 60_000 }, (_, index) =>
      encode(publish('a', '', { qos: 2, packetId: 1 + index }), 5),
    )
    peer.write(...messages)
    const taken = inWords(peer.take())
    expect(taken).toHaveLength(1025)
    expect(taken.slice(-2)).toEqual(['pubrec 1024', 'disconnect 0x93'])
    expect(watcher.take()).toHaveLength(1024)
  })
})

async function watched(
  options: Parameters<typeof openWorld>[0] = {},
): Promise<World & { watcher: Peer }> {
  const world = await openWorld(options)
  const watcher = world.client('watcher')
  watcher.send(subscribe('a'))
  watcher.take()
  return { ...world, watcher }
}
