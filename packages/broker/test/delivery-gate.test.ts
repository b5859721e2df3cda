// Each delivery to a client whose rights have changed is asked about, however slow the guard is.

import { describe, expect, it } from 'vitest'
import { answering, away, changing, slowly, watched } from './changing-rights.ts'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { publish, subscribe, VERSIONS } from './peer.ts'

describe('what is queued for a client whose rights have changed', () => {
  it.each(VERSIONS)('comes to version %i in its order, as it was', async (version) => {
    const { world, rights, changed } = await changing('slow')
    await away(world, version, ['a 1', 'secret 2', 'a 3', 'b 4'])
    rights.denied.push('deliver secret')
    await changed()
    await world.clock.settled()
    const { taken } = resume(world, 'c', lasting(version))
    expect(inWords(taken).slice(1)).toEqual(['publish 1 q1 1', 'publish 2 q1 3', 'publish 3 q1 4'])
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 0 })
  })

  it('waits for the guard though its client is back already', async () => {
    const { world, slow } = await slowly()
    await away(world, 5, ['a 1', 'a 2'])
    void world.broker.rightsChanged()
    const { peer, taken } = resume(world, 'c', lasting())
    expect(inWords(taken)).toEqual(['connack present'])
    await answering(world, slow, [1, 0])
    expect(inWords(peer.take())).toEqual(['publish 1 q1 1', 'publish 2 q1 2'])
  })

  it('is asked about anew when the rights change once more', async () => {
    const { world, slow } = await slowly()
    await away(world, 5, ['a 1', 'a 2'])
    void world.broker.rightsChanged()
    void world.broker.rightsChanged()
    expect(slow.asked).toHaveLength(4)
    await answering(world, slow, [0, 1]) // The answers of yesterday.
    const { peer, taken } = resume(world, 'c', lasting())
    expect(inWords(taken)).toEqual(['connack present'])
    slow.answer(2, false)
    slow.answer(3, true)
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['publish 1 q1 2'])
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 0 })
  })

  it('is given in one piece of work, however much it is', async () => {
    const { world, changed } = await changing('sync')
    await away(
      world,
      5,
      Array.from({ length: 1_000 }, (_, at) => `a ${at}`),
    )
    await changed()
    await world.clock.settled()
    expect(world.broker.stats().messagesQueued).toBe(1_000)
    const { peer, taken } = resume(world, 'c', lasting())
    const texts = [...taken]
    for (let packetId = 1; packetId <= 1_000; packetId++) {
      peer.send(ack('puback', packetId))
      texts.push(...peer.take())
    }
    const found = texts.flatMap((packet) =>
      packet.type === 'publish' ? [new TextDecoder().decode(packet.payload)] : [],
    )
    expect(found).toEqual(Array.from({ length: 1_000 }, (_, at) => `${at}`))
  })
})

describe('while a slow guard decides about deliveries', () => {
  it('their order is kept, though the second is decided first', async () => {
    const { world, slow, peer, other, publisher } = await watched()
    publisher.send(publish('a', '1'), publish('a', '2', { qos: 1, packetId: 1 }))
    expect(other.takeTexts()).toEqual(['1', '2'])
    expect(inWords(publisher.take())).toEqual(['puback 1'])
    slow.answer(1, true)
    await world.clock.settled()
    expect(peer.take()).toEqual([])
    expect(world.broker.stats().messagesQueued).toBe(2)
    slow.answer(0, true)
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['1', '2'])
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('so many are asked about at a time, and the rest waits behind', async () => {
    const { world, slow, peer, publisher } = await watched()
    const texts = Array.from({ length: 40 }, (_, at) => `${at}`)
    publisher.send(...texts.map((text) => publish('a', text)))
    expect(slow.asked).toHaveLength(32)
    await answering(world, slow, [0, 1, 2])
    expect(slow.asked).toHaveLength(35)
    await answering(
      world,
      slow,
      texts.map((_, at) => at),
    )
    expect(peer.takeTexts()).toEqual(texts)
  })

  it('a line that never is empty loses nothing', async () => {
    const { world, slow, peer, publisher } = await watched({ backlogMessagesMax: 4 })
    for (let at = 0; at < 20; at++) {
      publisher.send(publish('a', `${2 * at}`), publish('a', `${2 * at + 1}`))
      if (at > 0) await answering(world, slow, [2 * at - 2, 2 * at - 1])
    }
    await answering(world, slow, [38, 39])
    expect(peer.takeTexts()).toEqual(Array.from({ length: 40 }, (_, at) => `${at}`))
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(0)
  })

  it('the line has an end, beyond which the newest are dropped', async () => {
    const { world, slow, peer, publisher } = await watched({ backlogMessagesMax: 2 })
    publisher.send(publish('a', '1'), publish('a', '2'), publish('a', '3'), publish('a', '4'))
    expect(slow.asked).toHaveLength(2 + 0)
    await answering(world, slow, [0, 1])
    expect(peer.takeTexts()).toEqual(['1', '2'])
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(2)
    expect(world.seen.filter((line) => line.startsWith('dropped'))).toHaveLength(1)
  })

  it('of those that nobody was asked about yet, the oldest are dropped', async () => {
    const { world, slow, peer, publisher } = await watched({ backlogMessagesMax: 34 })
    publisher.send(...Array.from({ length: 36 }, (_, at) => publish('a', `${at}`)))
    await answering(
      world,
      slow,
      Array.from({ length: 34 }, (_, at) => at),
    )
    const kept = Array.from({ length: 36 }, (_, at) => `${at}`).filter((at) => !/^3[23]$/.test(at))
    expect(peer.takeTexts()).toEqual(kept)
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(2)
  })

  it('the line is bounded in bytes too', async () => {
    const { world, slow, peer, publisher } = await watched({ backlogBytesMax: 2_000 })
    publisher.send(publish('a', 'x'.repeat(900)), publish('a', 'y'.repeat(900)))
    await answering(world, slow, [0, 1])
    expect(peer.takeTexts()).toEqual(['x'.repeat(900)])
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(1)
  })

  it('a publisher is told that nobody could take its message', async () => {
    const { world, publisher } = await watched({ backlogMessagesMax: 1 }, false)
    publisher.send(publish('a', '1', { qos: 1, packetId: 1 }))
    publisher.send(publish('a', '2', { qos: 1, packetId: 2 }))
    expect(inWords(publisher.take())).toEqual(['puback 1', 'puback 2 0x97'])
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(1)
  })

  it('a message may expire in the line', async () => {
    const { world, slow, peer, publisher } = await watched()
    publisher.send(publish('a', '1', { properties: { messageExpiryInterval: 2 } }))
    publisher.send(publish('a', '2', { properties: { messageExpiryInterval: 9 } }))
    world.clock.advance(3_000)
    await answering(world, slow, [0, 1])
    expect(peer.take()).toEqual([publish('a', '2', { properties: { messageExpiryInterval: 6 } })])
    expect(world.broker.stats().messagesDropped.expired).toBe(1)
  })

  it('a guard that never answers has refused', async () => {
    const { world, peer, publisher } = await watched({ guardTimeoutMs: 1_000 })
    publisher.send(publish('a', '1'))
    world.clock.advance(1_000)
    await world.clock.settled()
    expect(peer.take()).toEqual([])
    expect(world.broker.stats()).toMatchObject({ guardFailures: 1, messagesQueued: 0 })
    expect(world.broker.stats().messagesDropped['not-authorized']).toBe(1)
  })

  it('its client may be away when they are decided: QoS 1 is kept, QoS 0 not', async () => {
    const { world, slow, peer, publisher } = await watched()
    publisher.send(publish('a', '0'), publish('a', '1', { qos: 1, packetId: 1 }))
    lose(world, peer)
    await answering(world, slow, [0, 1])
    expect(world.broker.stats().messagesDropped.away).toBe(1)
    const { taken } = resume(world, 'c', lasting())
    expect(inWords(taken)).toEqual(['connack present', 'publish 1 q1 1'])
  })

  it('its client may be back on another connection', async () => {
    const { world, slow, peer, publisher } = await watched()
    publisher.send(publish('a', '0'))
    const next = resume(world, 'c', lasting(4))
    expect(peer.closed).toBe('in order')
    await answering(world, slow, [0])
    expect(inWords(next.peer.take())).toEqual(['publish q0 0'])
  })

  it('its session may be over', async () => {
    const { world, slow, peer, publisher } = await watched()
    publisher.send(publish('a', '0'), publish('a', '1', { qos: 1, packetId: 1 }))
    lose(world, peer)
    const next = world.client('c') // Clean Start.
    await answering(world, slow, [0, 1])
    expect(next.take()).toEqual([])
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 0 })
    expect(world.broker.stats().messagesDropped).toMatchObject({ 'session-ended': 2, away: 0 })
  })

  it('what was for a share goes to another member when its client goes', async () => {
    const { world, slow, peer, publisher } = await watched({}, false)
    peer.send(subscribe({ filter: '$share/g/s', qos: 1 }))
    await world.clock.settled()
    publisher.send(publish('s', 'x', { qos: 1, packetId: 1 }))
    const other = world.client('other')
    other.send(subscribe({ filter: '$share/g/s', qos: 1 }))
    await world.clock.settled()
    other.take()
    lose(world, peer)
    expect(inWords(other.take())).toEqual(['publish 1 q1 x'])
    await answering(world, slow, [0])
    expect(world.broker.stats().messagesQueued).toBe(0)
  })
})
