// Sessions of a client across connections that break, and across lives of its program.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving, comeBack, next, texts } from './arrivals.ts'

describe('when the connection breaks', () => {
  it.each(['publish', 'pubrec', 'pubrel', 'pubcomp'] as const)(
    'a message of QoS 2 is published once although a %s was lost [MQTT-4.3.3-10]',
    async (lost) => {
      await using world = await testBroker()
      await using client = await world.connect({ clientId: 'c' })
      world.drop('c', lost)
      const sent = client.publish('a', 'x', { qos: 2 })
      await world.settled()
      await comeBack(world, client)
      await sent
      expect(world.broker.messages('a')).toHaveLength(1)
    },
  )

  it('a message of QoS 2 is delivered once although the acknowledgement was lost', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const messages = arriving(await client.subscribe('a', { qos: 2 }))
    world.drop('c', 'pubrec')
    world.broker.publish('a', 'x', { qos: 2 })
    await world.settled()
    await comeBack(world, client)
    await world.settled()
    expect(messages).toHaveLength(1)
    expect(world.packets('c', 'publish').map(({ dup }) => dup)).toEqual([false, true])
  })

  it('what was published meanwhile comes afterwards, in order [MQTT-4.6.0-6]', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const messages = await client.subscribe('a', { qos: 1 })
    world.unplug('c')
    for (const text of ['1', '2', '3']) world.broker.publish('a', text, { qos: 1 })
    await world.advance(30_000)
    world.plug('c')
    expect(await world.advanceUntil(texts(messages, 3))).toEqual(['1', '2', '3'])
    expect(client.status).toMatchObject({ state: 'connected', sessionPresent: true })
    // The subscription was there all the time.
    expect(world.packets('c', 'subscribe')).toHaveLength(1)
  })

  it('messages of many publishers keep their order through many losses', async () => {
    await using world = await testBroker({ limits: { receiveMaximum: 3, inFlightMax: 3 } })
    await using subscriber = await world.connect({ clientId: 's' })
    await using publisher = await world.connect({ clientId: 'p' })
    const messages = arriving(await subscriber.subscribe('a', { qos: 2 }))
    const sent = Array.from({ length: 40 }, (_, index) =>
      publisher.publish('a', String(index), { qos: 2 }),
    )
    for (let loss = 0; loss < 5; loss++) {
      world.cut(loss % 2 === 0 ? 'p' : 's', { afterBytes: 30 })
      await world.advance(60_000)
    }
    await world.advanceUntil(Promise.all(sent))
    await world.settled()
    expect(messages.map((message) => message.text())).toEqual(sent.map((_, index) => `${index}`))
  })
})

describe('when the broker has lost the session', () => {
  it('a client of version 5 subscribes anew, and publishes anew what was not over', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const messages = await client.subscribe('a', { qos: 1 })
    world.drop('c', 'puback')
    world.drop('c', 'pubrec')
    const sent = [client.publish('b', '1', { qos: 1 }), client.publish('b', '2', { qos: 2 })]
    await world.settled()
    await world.restart()
    await world.advanceUntil(Promise.all(sent))
    await world.settled()
    expect(world.broker.messages('b').map((message) => message.text())).toEqual([
      '1',
      '2',
      '1',
      '2',
    ])
    world.broker.publish('a', 'still here', { qos: 1 })
    expect(await texts(messages)).toEqual(['still here'])
    expect(client.status).toMatchObject({ state: 'connected', sessionPresent: false })
  })

  it('because it has expired, the client goes on with another one', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', sessionExpirySeconds: 10 })
    const messages = await client.subscribe('a', { qos: 1 })
    world.unplug('c')
    await world.advance(60_000)
    world.plug('c')
    await world.advanceUntil(client.connected())
    await world.settled()
    world.broker.publish('a', 'x', { qos: 1 })
    expect(await texts(messages)).toEqual(['x'])
  })

  it.each([3, 4] as const)('as in version %i after each loss, all goes on', async (version) => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', versions: [version] })
    const messages = await client.subscribe('a', { qos: 1 })
    world.drop('c', 'puback')
    const sent = client.publish('b', 'x', { qos: 1 })
    await world.settled()
    await comeBack(world, client)
    await sent
    await world.settled()
    world.broker.publish('a', 'y', { qos: 1 })
    expect(await texts(messages)).toEqual(['y'])
    expect(world.packets('c', 'connect').map(({ cleanStart }) => cleanStart)).toEqual([true, true])
  })
})

describe.each([4, 5] as const)('with cleanStart false in version %i', (version) => {
  it('a session outlives the client, and messages wait for its next life', async () => {
    await using world = await testBroker()
    const options = { clientId: 'c', cleanStart: false, versions: [version] } as const
    const first = await world.connect(options)
    expect(first.status).toMatchObject({ sessionPresent: false })
    await first.subscribe('a', { qos: 1 })
    await first.close()
    for (const text of ['1', '2']) world.broker.publish('a', text, { qos: 1 })

    await using second = await world.connect(options)
    expect(second.status).toMatchObject({ sessionPresent: true })
    // They come before anybody subscribes, and are held for who does.
    await world.settled()
    expect(await texts(await second.subscribe('a', { qos: 1 }), 2)).toEqual(['1', '2'])
  })

  it('what was not acknowledged comes again in the next life', async () => {
    await using world = await testBroker()
    const options = { clientId: 'c', cleanStart: false, versions: [version] } as const
    const first = await world.connect(options)
    const messages = await first.subscribe('a', { qos: 1 })
    for (const text of ['1', '2', '3']) world.broker.publish('a', text, { qos: 1 })
    expect(await texts(messages, 2)).toEqual(['1', '2'])
    await first.close()

    await using second = await world.connect(options)
    const [again] = await next(await second.subscribe('a', { qos: 1 }))
    expect([again?.text(), again?.dup]).toEqual(['2', true])
  })
})

it('what waits to be read is kept in version 3, whose servers cannot say that they kept it', async () => {
  await using world = await testBroker()
  const options = { clientId: 'c', cleanStart: false, versions: [3] } as const
  await using client = await world.connect(options)
  const messages = await client.subscribe('a', { qos: 2, messagesMax: 1 })
  world.broker.publish('a', 'kept', { qos: 2 })
  await world.settled()
  await comeBack(world, client)
  // It would take the place of one that no session vouches for.
  world.broker.publish('a', 'gives way')
  await world.settled()
  expect(await texts(messages)).toEqual(['kept'])
})

it('a session ends if its owner says so', async () => {
  await using world = await testBroker()
  const options = { clientId: 'c', cleanStart: false } as const
  const first = await world.connect(options)
  await first.subscribe('a', { qos: 1 })
  await first.close({ endSession: true })
  await using second = await world.connect(options)
  expect(second.status).toMatchObject({ sessionPresent: false })
})

it('a session ends with its client, unless that is told to leave it', async () => {
  await using world = await testBroker()
  const one = await world.connect({ clientId: 'one' })
  const two = await world.connect({ clientId: 'two' })
  await one.close()
  await two.close({ endSession: false })
  await world.settled()
  expect(world.broker.stats().sessions).toBe(1)
})
