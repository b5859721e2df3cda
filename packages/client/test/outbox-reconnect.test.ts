// An outbox from connection to connection, with the session kept or gone.
import { describe, expect, it } from 'vitest'
import { failureCode, FakeLink, isPending, OutboxWorld } from './outbox-world.ts'

describe('when the connection is lost', () => {
  it('leaves what is in flight to the session, and sends what waits behind it', async () => {
    const world = new OutboxWorld()
    const first = world.connect()
    const inFlight = world.outbox.publish('a', 'in flight', { qos: 1 })
    world.outbox.lost([])
    const waits = world.outbox.publish('a', 'waits', { qos: 1 })
    const second = new FakeLink()
    second.inFlight = first.inFlight
    world.connect(second)
    expect(second.texts).toEqual(['waits'])
    world.acknowledge(second)
    world.acknowledge(second)
    expect(await Promise.all([inFlight, waits])).toEqual([0, 0])
  })

  it('sends nothing until the end of the turn, for the session sends again first', () => {
    const world = new OutboxWorld()
    void world.outbox.publish('a', 'waits')
    const link = new FakeLink()
    world.outbox.connected(link, [])
    void world.outbox.publish('a', 'later')
    expect(link.sent).toEqual([])
    world.clock.settle()
    expect(link.texts).toEqual(['waits', 'later'])
  })

  it('sends nothing on a connection that was lost in its first turn', () => {
    const world = new OutboxWorld()
    void world.outbox.publish('a', 'waits')
    const link = new FakeLink()
    world.outbox.connected(link, [])
    world.outbox.lost([])
    world.clock.settle()
    expect(link.sent).toEqual([])
    expect(world.connect().texts).toEqual(['waits'])
  })
})

describe.each(['at the loss', 'at the next CONNACK'] as const)(
  'when the session is found to be gone %s',
  (when) => {
    it('sends anew what was in flight, in order, before what waits', async () => {
      const { world, link } = fleet()
      link.quota = 3
      const promises = ['one', 'two', 'three', 'four'].map((text) =>
        world.outbox.publish('a', text, { qos: 1 }),
      )
      const next = begin(world, link)
      expect(next.texts).toEqual(['one', 'two', 'three', 'four'])
      for (let n = 0; n < 4; n++) world.acknowledge(next)
      expect(await Promise.all(promises)).toEqual([0, 0, 0, 0])
    })

    it('resolves at QoS 2 what the server has said that it has, and sends the rest anew', async () => {
      const { world, link } = fleet()
      const first = world.outbox.publish('a', 'one', { qos: 2 })
      const second = world.outbox.publish('a', 'two', { qos: 2 })
      link.inFlight[0]!.received = true
      const next = begin(world, link)
      expect(await first).toBe(0)
      expect(await isPending(second)).toBe(true)
      expect(next.texts).toEqual(['two'])
      world.acknowledge(next)
      expect(await second).toBe(0)
      expect(world.statistics).toMatchObject({ messagesSent: 2, outboxMessages: 0 })
    })

    it('keeps the order when it is gone again and again', () => {
      const { world, link } = fleet()
      for (const text of ['one', 'two', 'three']) void world.outbox.publish('a', text, { qos: 1 })
      const second = begin(world, link, 1)
      expect(second.texts).toEqual(['one'])
      const third = begin(world, second)
      expect(third.texts).toEqual(['one', 'two', 'three'])
    })

    it('drops nothing by a policy or a time that is about what was not sent yet', () => {
      const { world, link } = fleet()
      void world.outbox.publish('a', 'one', { qos: 1, offline: 'drop' })
      void world.outbox.publish('a', 'two', { qos: 1, offline: 'keep-last' })
      void world.outbox.publish('a', 'three', { qos: 1, timeToLiveMs: 5 })
      world.clock.advance(10)
      const next = begin(world, link)
      expect(next.texts).toEqual(['one', 'two', 'three'])
    })

    it('drops what has a Message Expiry Interval that is over', async () => {
      const { world, link } = fleet()
      const properties = { messageExpiryInterval: 1 }
      const promise = world.outbox.publish('a', 'one', { qos: 1, properties })
      world.clock.advance(1000)
      expect(begin(world, link).texts).toEqual([])
      expect(await failureCode(promise)).toBe('expired')
    })

    it('takes back what waits anew when its signal is aborted', async () => {
      const { world, link } = fleet()
      const controller = new AbortController()
      const promise = world.outbox.publish('a', 'one', { qos: 1, signal: controller.signal })
      const next = begin(world, link, 0)
      controller.abort()
      await expect(promise).rejects.toThrow('This operation was aborted')
      next.quota = 1
      world.outbox.flush()
      expect(next.sent).toEqual([])
      expect(world.statistics.outboxMessages).toBe(0)
    })

    it('leaves alone what is over', () => {
      const { world, link } = fleet()
      void world.outbox.publish('a', 'one', { qos: 1 })
      const [publication] = link.inFlight
      world.acknowledge(link)
      link.inFlight = [publication!]
      expect(begin(world, link).sent).toEqual([])
    })

    function begin(world: OutboxWorld, link: FakeLink, quota = Infinity): FakeLink {
      const next = new FakeLink()
      next.quota = quota
      world.outbox.lost(when === 'at the loss' ? link.inFlight : [])
      return world.connect(next, when === 'at the loss' ? [] : link.inFlight)
    }
  },
)

function fleet(): { world: OutboxWorld; link: FakeLink } {
  const world = new OutboxWorld()
  return { world, link: world.connect() }
}
