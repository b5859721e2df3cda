// Where a client goes that a server refers to another one (§4.11).

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { CoreWorld } from './core-world.ts'
import { connack, disconnect } from './server-packets.ts'

describe('a server that refers to another', () => {
  const moved = (reasonCode: 0x9c | 0x9d, serverReference: string) =>
    connack({ reasonCode, properties: { serverReference } })

  it('is not followed unless that was asked for', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', () => moved(0x9d, 'other'))
    const { error } = await world.connect()
    expect(error).toMatchObject({
      remedy: 'follow-server',
      serverReference: 'other',
      message: expect.stringContaining('"other"'),
    })
  })

  it('is followed for a while with 0x9C, and for good with 0x9D', async () => {
    for (const [reasonCode, next] of [
      [0x9c, 'mqtts://home'],
      [0x9d, 'mqtts://other:77'],
    ] as const) {
      const world = new CoreWorld()
      world.server.answer('connect', (_, { url }) =>
        url.hostname === 'home' ? moved(reasonCode, 'other:77') : connack(),
      )
      const { value: client } = await world.connect({ followServerReference: true }, 'mqtts://home')
      expect(client?.status.state).toBe('connected')
      expect(world.server.dialed).toEqual(['mqtts://home', 'mqtts://other:77'])
      world.server.cut()
      world.server.befriend('connect')
      await world.clock.pass(1000)
      expect(world.server.dialed[2]).toBe(next)
    }
  })

  it('with several others is followed to the first that can be reached', async () => {
    const world = new CoreWorld()
    const dial: typeof world.server.dial = (url, options) => {
      if (url.hostname === 'down') world.server.refuseDials()
      else world.server.acceptDials()
      return world.server.dial(url, options)
    }
    world.server.answer('connect', (_, { url }) =>
      url.hostname === 'home' ? moved(0x9c, 'down what/ever a@b [::1]:1 late') : connack(),
    )
    const options = { dial, followServerReference: true }
    const { value: client } = await world.connect(options, 'ws://home/mqtt?x=1')
    expect(client?.status.state).toBe('connected')
    expect(world.server.dialed).toEqual([
      'ws://home/mqtt?x=1',
      'ws://down/mqtt?x=1',
      'ws://[::1]:1/mqtt?x=1',
    ])
  })

  it('in a circle is followed five times, then the client takes a rest', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', (_, { url }) => moved(0x9c, url.hostname === 'a' ? 'b' : 'a'))
    const client = await world.open({ followServerReference: true }, 'mqtt://a')
    expect(world.server.dialed).toHaveLength(6)
    expect(client.status.state).toBe('waiting')
    await world.clock.pass(500)
    expect(world.server.dialed).toHaveLength(12)
    await world.outcome(client.close())
  })

  it('in DISCONNECT is followed at once', async () => {
    const world = new CoreWorld()
    const client = await world.open({ followServerReference: true })
    world.server.send(disconnect(ReasonCode.UseAnotherServer, { serverReference: 'b:1' }))
    await world.clock.pass(0)
    expect(client.status.state).toBe('connected')
    expect(world.server.dialed).toEqual(['mqtt://server', 'mqtt://b:1'])
  })
})
