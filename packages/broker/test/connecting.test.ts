// From the first byte to CONNACK: who is let in, with what name, and who must go for it.

import { describe, expect, it } from 'vitest'
import { connect, openWorld, PINGREQ, PINGRESP, publish, subscribe, VERSIONS } from './peer.ts'

const TERMS = {
  receiveMaximum: 1024,
  maximumPacketSize: 1_048_576,
  topicAliasMaximum: 32,
} as const
const ACCEPTED = { type: 'connack', sessionPresent: false, reasonCode: 0 } as const

describe('a client', () => {
  it.each([3, 4] as const)('of version %i is let in', async (version) => {
    const { dial, seen } = await openWorld()
    const peer = dial(version)
    peer.send(connect({ version, clientId: 'c' }))
    expect(peer.take()).toEqual([ACCEPTED])
    expect(seen).toEqual([`connected c v${version}`])
  })

  it('of version 5 is told how much the broker takes, and what it lacks', async () => {
    const { dial } = await openWorld()
    const peer = dial(5)
    peer.send(connect())
    expect(peer.take()).toEqual([{ ...ACCEPTED, properties: TERMS }])
  })

  it.each(VERSIONS)('of version %i gets PINGRESP for PINGREQ [MQTT-3.12.4-1]', async (version) => {
    const { client } = await openWorld()
    const peer = client('c', { version })
    peer.send(PINGREQ, PINGREQ)
    expect(peer.take()).toEqual([PINGRESP, PINGRESP])
  })

  it('may send packets behind CONNECT without waiting for CONNACK', async () => {
    const { dial } = await openWorld()
    const peer = dial(4)
    peer.send(connect({ version: 4 }), subscribe('a'), publish('a', 'x'), PINGREQ)
    expect(peer.take()).toEqual([
      ACCEPTED,
      { type: 'suback', packetId: 1, reasonCodes: [0] },
      publish('a', 'x'),
      PINGRESP,
    ])
  })

  it('whose Maximum Packet Size leaves no room for CONNACK is closed [MQTT-3.1.2-24]', async () => {
    const { dial, seen, broker } = await openWorld()
    const peer = dial()
    peer.send(connect({ properties: { maximumPacketSize: 15 } }))
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['connected c v5', 'disconnected c 0x95'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })
})

describe('a client that is refused', () => {
  it.each([
    ['an Authentication Method', 0x8c, { properties: { authenticationMethod: 'SCRAM-SHA-1' } }],
    ['a Client Identifier that is too long', 0x85, { clientId: 'x'.repeat(257) }],
  ])('for %s gets CONNACK and is closed [MQTT-3.2.2-7]', async (_, reasonCode, fields) => {
    const { dial, seen, broker } = await openWorld()
    const peer = dial()
    peer.send(connect(fields), subscribe('a'), PINGREQ)
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode }])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual([`refused memory 0x${reasonCode.toString(16)}`])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })
})

describe('a client without a Client Identifier', () => {
  it('is assigned one in MQTT 5.0 [MQTT-3.1.3-6] [MQTT-3.1.3-7]', async () => {
    const { dial, seen } = await openWorld({ newClientId: () => 'auto-1' })
    const peer = dial()
    peer.send(connect({ clientId: '' }))
    expect(peer.take()).toEqual([
      { ...ACCEPTED, properties: { ...TERMS, assignedClientIdentifier: 'auto-1' } },
    ])
    expect(seen).toEqual(['connected auto-1 v5'])
  })

  it('is assigned one that no other session has [MQTT-3.2.2-16]', async () => {
    const names = ['taken', 'taken', 'free']
    const { client, dial } = await openWorld({ newClientId: () => names.shift() ?? 'none' })
    client('taken')
    const peer = dial()
    peer.send(connect({ clientId: '' }))
    expect(peer.take()).toMatchObject([{ properties: { assignedClientIdentifier: 'free' } }])
  })

  it('is refused when there is no name left to give', async () => {
    const { client, dial } = await openWorld({ newClientId: () => 'taken' })
    client('taken')
    const peer = dial()
    peer.send(connect({ clientId: '' }))
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x85 }])
  })

  it('gets a name by chance if the program gives none', async () => {
    const { dial } = await openWorld()
    const names = [dial(), dial()].map((peer) => {
      peer.send(connect({ clientId: '' }))
      const [connack] = peer.take()
      return connack?.type === 'connack' ? connack.properties?.assignedClientIdentifier : ''
    })
    expect(names).toEqual([expect.stringMatching(/^auto-/), expect.stringMatching(/^auto-/)])
    expect(new Set(names).size).toBe(2)
  })

  it('is let in by MQTT 3.1.1 with Clean Session, and refused without', async () => {
    const { dial } = await openWorld()
    const [clean, lasting] = [dial(4), dial(4)]
    clean.send(connect({ version: 4, clientId: '' }))
    expect(clean.take()).toEqual([ACCEPTED])
    lasting.send(connect({ version: 4, clientId: '', cleanStart: false }))
    expect(lasting.take()).toEqual([{ ...ACCEPTED, reasonCode: 0x85 }])
    expect(lasting.closed).toBe('in order')
  })
})

describe('a Client Identifier that is connected already', () => {
  it('is taken over: the former client gets 0x8E and is closed [MQTT-3.1.4-3]', async () => {
    const { client, seen, broker } = await openWorld()
    const former = client('c')
    former.send(subscribe('a'))
    former.take()
    const other = client('c')
    expect(former.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x8e }])
    expect(former.closed).toBe('in order')
    other.send(publish('a', 'x'), PINGREQ)
    expect(other.take()).toEqual([PINGRESP])
    expect(seen).toEqual(['connected c v5', 'disconnected c 0x8e', 'connected c v5'])
    expect(broker.stats()).toMatchObject({ connections: 1, sessions: 1, subscriptions: 0 })
  })

  it.each([3, 4] as const)(
    'is closed without a word, version %i [MQTT311-3.1.4-2]',
    async (version) => {
      const { client } = await openWorld()
      const former = client('c', { version })
      client('c')
      expect(former.take()).toEqual([])
      expect(former.closed).toBe('in order')
    },
  )

  it('is taken over also from a client that reads nothing', async () => {
    const { client, clock } = await openWorld()
    const former = client('c')
    former.transport.freeze()
    const other = client('c')
    other.send(PINGREQ)
    expect(other.take()).toEqual([PINGRESP])
    clock.advance(5_000)
    expect(former.closed).toBe('in order')
  })
})

describe('a connection without CONNECT', () => {
  it('is closed after the connect timeout', async () => {
    const { dial, clock, seen } = await openWorld()
    const peer = dial()
    clock.advance(9_999)
    expect(peer.closed).toBeUndefined()
    clock.advance(400)
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['refused memory 0x8d'])
  })

  it('does not gain time by sending its CONNECT slowly', async () => {
    const { dial, clock } = await openWorld()
    const peer = dial()
    for (const hex of ['10', '0c', '00', '04']) {
      peer.write(hex)
      clock.advance(2_550)
    }
    expect(peer.closed).toBe('in order')
  })

  it('is forgotten when it goes away', async () => {
    const { dial, clock, broker, seen } = await openWorld()
    dial().transport.close()
    clock.settle()
    expect(broker.stats().connections).toBe(0)
    clock.advance(20_000)
    expect(seen).toEqual(['refused memory 0x80'])
  })
})

describe('a silent client', () => {
  it('is told 0x8D and closed after 1.5 times its Keep Alive [MQTT-3.1.2-22]', async () => {
    const { client, clock } = await openWorld()
    const peer = client('c', { keepAlive: 10 })
    clock.advance(10_000)
    peer.send(PINGREQ)
    clock.advance(14_999)
    expect(peer.take()).toEqual([PINGRESP])
    clock.advance(400)
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x8d }])
    expect(peer.closed).toBe('in order')
  })

  it('stays for as long as it likes with a Keep Alive of 0', async () => {
    const { client, clock } = await openWorld()
    const peer = client('c', { version: 4, keepAlive: 0 })
    clock.advance(1_000_000)
    expect(peer.closed).toBeUndefined()
  })

  it('is kept alive by the messages it publishes', async () => {
    const { client, clock } = await openWorld()
    const peer = client('c', { version: 4, keepAlive: 1 })
    for (let at = 0; at < 20; at++) {
      peer.send(publish('a'))
      clock.advance(1_000)
    }
    expect(peer.closed).toBeUndefined()
  })
})

describe('a fault of our own', () => {
  it.each([4, 5] as const)(
    'closes the connection of version %i that it came up on, and no other [MQTT311-4.8.0-2]',
    async (version) => {
      const newClientId = (): never => {
        throw new Error('no more names')
      }
      const { client, dial, seen } = await openWorld({ newClientId })
      const other = client('other')
      const peer = dial(version)
      peer.send(connect({ version, clientId: '' }))
      peer.take()
      expect(peer.closed).toBe('in order')
      expect(seen).toContain('fault Error: no more names')
      other.send(PINGREQ)
      expect(other.take()).toEqual([PINGRESP])
    },
  )
})
