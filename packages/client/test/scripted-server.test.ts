// The scripted server itself: what the other tests of the client rely on.

import { Decoder, encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { ScriptedServer } from './scripted-server.ts'
import type { Script } from './scripted-server.ts'
import { ack, connack, publish } from './server-packets.ts'

describe('the scripted server', () => {
  it('answers as a friendly server would, in the version of CONNECT', async () => {
    const { server, say } = await dialed({}, 4)
    await say(
      { type: 'subscribe', packetId: 7, subscriptions: [subscription('a', 1)] },
      { type: 'unsubscribe', packetId: 8, filters: ['a'] },
      publish('a', 'x'),
      publish('a', 'x', { qos: 1, packetId: 1 }),
      publish('a', 'x', { qos: 2, packetId: 2 }),
      ack('pubrel', 2),
      ack('pubrec', 3),
      { type: 'pingreq' },
    )
    expect(server.latest.version).toBe(4)
    expect(server.received('publish').map(({ qos }) => qos)).toEqual([0, 1, 2])
    expect(await say()).toEqual([
      connack(),
      { type: 'suback', packetId: 7, reasonCodes: [1] },
      { type: 'unsuback', packetId: 8, reasonCodes: [] },
      ack('puback', 1),
      ack('pubrec', 2),
      ack('pubcomp', 2),
      ack('pubrel', 3),
      { type: 'pingresp' },
    ])
  })

  it('says what it is told to instead, or nothing', async () => {
    const { server, say } = await dialed({ silent: ['pingreq'], connack: { sessionPresent: true } })
    server.answer('publish', ({ topic }) => [publish(topic, 'back'), publish(topic, 'again')])
    expect(await say({ type: 'pingreq' }, publish('a'))).toMatchObject([
      connack({ sessionPresent: true }),
      { type: 'publish', topic: 'a' },
      { type: 'publish', topic: 'a' },
    ])
    server.befriend('pingreq')
    server.sendBytes('d0', '00')
    expect(await say({ type: 'pingreq' })).toMatchObject([
      ...Array.from({ length: 3 }, () => ({})),
      { type: 'pingresp' },
      { type: 'pingresp' },
    ])
    expect(server.take().map(({ type }) => type)).toEqual([
      'connect',
      'pingreq',
      'publish',
      'pingreq',
    ])
    expect(server.take()).toEqual([])
  })

  it('can be out of reach, hang, and vanish', async () => {
    const clock = new VirtualClock()
    const server = new ScriptedServer(clock)
    const { signal } = new AbortController()
    const url = new URL('mqtt://server')
    server.refuseDials()
    await expect(server.dial(url, { signal })).rejects.toThrow('ECONNREFUSED')
    server.ignoreDials()
    const giveUp = new AbortController()
    const dialing = server.dial(url, { signal: giveUp.signal })
    giveUp.abort(new Error('enough'))
    await expect(dialing).rejects.toThrow('enough')
    expect(() => server.latest).toThrow('No client has dialed')
    server.acceptDials()
    const transport = await server.dial(url, { signal })
    server.freeze()
    transport.write([encode({ type: 'pingreq' }, 5)])
    await clock.settled()
    expect(server.take()).toEqual([])
    server.thaw()
    await clock.settled()
    expect(server.take()).toEqual([{ type: 'pingreq' }])
    server.cut(new Error('the cable'))
    await clock.settled()
    expect(server.latest.closed).toEqual(new Error('the cable'))
    expect(server.dialed).toEqual(['mqtt://server', 'mqtt://server', 'mqtt://server'])
  })
})

function subscription(filter: string, qos: 0 | 1 | 2) {
  return { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
}

/** A server with a connection that has said CONNECT; `say` returns all that came back so far. */
async function dialed(script: Script, version: 4 | 5 = 5) {
  const clock = new VirtualClock()
  const server = new ScriptedServer(clock, script)
  const { signal } = new AbortController()
  const transport = await server.dial(new URL('mqtt://server'), { signal })
  const decoder = new Decoder({ version })
  const answers: unknown[] = []
  transport.onData = (chunk) => {
    decoder.push(chunk)
    for (let packet; (packet = decoder.next()) !== undefined;) answers.push(packet)
  }
  const say = async (...packets: readonly Packet[]): Promise<unknown[]> => {
    transport.write(packets.map((packet) => encode(packet, version)))
    await clock.settled()
    return answers
  }
  await say({ type: 'connect', version, clientId: 'c', cleanStart: true, keepAlive: 0 })
  return { server, say }
}
