// The turn: one write per connection for all that arrives in it, and nobody's failure is another's.

import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import type { Listener, Transport } from '@godwit/transport'
import { describe, expect, it } from 'vitest'
import { Broker } from '../src/index.ts'
import { Turn } from '../src/turn.ts'
import { connect, Peer, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'

describe('a turn', () => {
  it.each(VERSIONS)('of 1000 messages is one write to version %i', async (version) => {
    const { dial, writes } = await openCounted()
    const [subscriber, publisher] = [dial(version), dial(5)]
    subscriber.send(connect({ version, clientId: 's' }), subscribe('#'))
    publisher.send(connect({ clientId: 'p' }))
    subscriber.take()
    writes.length = 0
    const texts = Array.from({ length: 1_000 }, (_, index) => `message ${index}`)
    publisher.send(...texts.map((text) => publish('a', text)))
    expect(writes).toEqual(['connection 0'])
    expect(subscriber.takeTexts()).toEqual(texts)
  })

  it('of several chunks to several subscribers is one write for each', async () => {
    const { dial, writes, clock } = await openCounted()
    const subscribers = [dial(4), dial(5)]
    for (const [index, peer] of subscribers.entries()) {
      const version = index === 0 ? 4 : 5
      peer.send(connect({ version, clientId: `s${index}` }), subscribe('a', 'b'))
    }
    const publishers = [dial(5), dial(5)]
    for (const [index, peer] of publishers.entries()) peer.send(connect({ clientId: `p${index}` }))
    writes.length = 0
    for (const peer of publishers) {
      for (const topic of ['a', 'b', 'c']) peer.transport.write([bytesOfPublish(topic)])
    }
    clock.settle()
    expect(writes.toSorted()).toEqual(['connection 0', 'connection 1'])
  })

  it('of many answers is one write', async () => {
    const { dial, writes } = await openCounted()
    const peer = dial(5)
    peer.send(connect(), subscribe('a'), PINGREQ, publish('a', 'x'), PINGREQ)
    expect(writes).toEqual(['connection 0'])
    expect(peer.take()).toHaveLength(5)
  })

  it('reads the clock once, when it begins', () => {
    const clock = new VirtualClock()
    const turn = new Turn(clock, () => {})
    clock.advance(5)
    expect(turn.now).toBe(0)
    turn.begin()
    expect(turn.now).toBe(5)
  })

  it('gives everybody the end, also behind one who fails', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    const turn = new Turn(clock, (error) => seen.push(String(error)))
    turn.touch({ flush: () => seen.push('one') })
    turn.touch({
      flush: () => {
        throw new Error('two')
      },
    })
    turn.touch({ flush: () => seen.push('three') })
    clock.settle()
    expect(seen).toEqual(['one', 'Error: two', 'three'])
  })

  it('takes up what is touched at its end in the next', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    const turn = new Turn(clock, () => {})
    const again = { flush: () => seen.push('again') }
    turn.touch({ flush: () => turn.touch(again) })
    clock.settle()
    expect(seen).toEqual(['again'])
  })
})

describe('a transport that throws', () => {
  it('loses its own connection, and the others get what is theirs', async () => {
    const { dial, breakNext, faults, clock, broker } = await openCounted()
    breakNext()
    const [broken, healthy, publisher] = [dial(5), dial(5), dial(5)]
    for (const [index, peer] of [broken, healthy].entries()) {
      peer.send(connect({ clientId: `s${index}` }), subscribe('a'))
    }
    publisher.send(connect({ clientId: 'p' }), publish('a', 'x'))
    expect(healthy.takeTexts()).toEqual(['x'])
    clock.settle()
    expect(broken.closed).toBe('in order')
    expect(faults).toEqual(['Error: broken'])
    expect(broker.stats()).toMatchObject({ connections: 2, sessions: 2, subscriptions: 1 })
  })
})

/** A broker whose transports note each write, and can be made to throw. */
async function openCounted(): Promise<{
  clock: VirtualClock
  broker: Broker
  writes: string[]
  faults: string[]
  dial: (version: 3 | 4 | 5) => Peer
  breakNext: () => void
}> {
  const clock = new VirtualClock()
  const memory = new MemoryListener(clock)
  const writes: string[] = []
  const faults: string[] = []
  let count = 0
  let breaking = false
  const wrapped = (transport: Transport): Transport => {
    const name = `connection ${count++}`
    const broken = breaking
    breaking = false
    const write = transport.write.bind(transport)
    transport.write = (chunks) => {
      if (broken) throw new Error('broken')
      writes.push(name)
      return write(chunks)
    }
    return transport
  }
  const listener: Listener = {
    listen: (accept) => memory.listen((transport) => accept(wrapped(transport))),
    close: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
  }
  const observers = { fault: (error: unknown) => void faults.push(String(error)) }
  const broker = new Broker({ listeners: [listener], clock, observers })
  await broker.start()
  const dial = (version: 3 | 4 | 5): Peer => {
    const peer = new Peer(clock, memory.dial(), version)
    clock.settle()
    return peer
  }
  return { clock, broker, writes, faults, dial, breakNext: () => (breaking = true) }
}

function bytesOfPublish(topic: string): Uint8Array {
  return Uint8Array.of(0x30, 4, 0, 1, topic.charCodeAt(0), 0)
}
