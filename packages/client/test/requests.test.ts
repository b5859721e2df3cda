/** Asking: Response Topic, Correlation Data, and every way not to get an answer. */
import { describe, expect, it } from 'vitest'
import type { ServerTerms } from '@godwit/session'
import { ClientError } from '../src/errors.ts'
import { FakeLink, SubscriptionWorld } from './subscription-world.ts'
import { Requests } from '../src/requests/requests.ts'
import type { Publish } from '../src/requests/requests.ts'
import { Correlation, responseTopic } from '../src/requests/response-topic.ts'
import type { PublishOptions } from '../src/options.ts'
import { TERMS } from './subscription-world.ts'

interface Published {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly options: PublishOptions
}

/** Requests whose publications are noted, and answered by the test. */
function asking(publish?: Publish) {
  const world = new SubscriptionWorld()
  const published: Published[] = []
  const note: Publish = async (topic, payload, options) => {
    published.push({ topic, payload, options })
    return publish?.(topic, payload, options) ?? 0
  }
  const { subscriptions, clock } = world
  const requests = new Requests({ subscriptions, publish: note, clock })
  const answer = (at: number, text: string): void => {
    const { responseTopic = '', correlationData } = published[at]?.options.properties ?? {}
    const properties = correlationData === undefined ? {} : { correlationData }
    world.deliver({ topic: responseTopic, text, properties })
  }
  return { world, requests, published, answer }
}

describe('a request', () => {
  it('is published with a Response Topic and Correlation Data, and gets its answer', async () => {
    const { world, requests, published, answer } = asking()
    world.connect()
    const reply = requests.request('add', '1 2', { qos: 1, properties: { contentType: 'sum' } })
    await world.clock.settled()
    expect(world.link.asked).toMatchObject([
      { subscriptions: [{ filter: 'godwit/responses/godwit', qos: 1, retainHandling: 2 }] },
    ])
    expect(published).toEqual([])
    world.answer()
    await world.clock.settled()
    expect(published).toMatchObject([
      {
        topic: 'add',
        payload: '1 2',
        options: {
          qos: 1,
          timeToLiveMs: 10_000,
          properties: {
            contentType: 'sum',
            messageExpiryInterval: 10,
            responseTopic: 'godwit/responses/godwit',
          },
        },
      },
    ])
    answer(0, '3')
    expect((await reply).text()).toBe('3')
  })

  it('shares one subscription with all others, and has its answer out of order', async () => {
    const { world, requests, answer } = asking()
    const replies = ['1', '2', '3'].map((text) => requests.request('echo', text))
    world.connect()
    await world.clock.settled()
    world.answerAll()
    await world.clock.settled()
    expect(world.link.said).toEqual(['+1 godwit/responses/godwit'])
    for (const at of [2, 0, 1]) answer(at, `${at + 1}`)
    const texts = (await Promise.all(replies)).map((message) => message.text())
    expect(texts).toEqual(['1', '2', '3'])
    const another = requests.request('echo', '4')
    await world.clock.settled()
    answer(3, '4')
    expect((await another).text()).toBe('4')
    expect(world.link.said).toHaveLength(1)
  })

  it('may say itself when it expires', async () => {
    const { world, requests, published, answer } = asking()
    world.connect()
    const reply = requests.request('a', '', { properties: { messageExpiryInterval: 7 } })
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    expect(published[0]?.options.properties?.messageExpiryInterval).toBe(7)
    answer(0, '')
    await reply
  })

  it('is not answered by what is none of its answers', async () => {
    const { world, requests, answer } = asking()
    world.connect()
    const reply = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    const topic = 'godwit/responses/godwit'
    world.deliver({ topic, text: 'none' })
    world.deliver({ topic, text: 'short', properties: { correlationData: new Uint8Array(3) } })
    world.deliver({ topic, text: 'foreign', properties: { correlationData: new Uint8Array(12) } })
    answer(0, 'first')
    answer(0, 'second')
    expect((await reply).text()).toBe('first')
  })

  it.each([
    [['a/#', '', {}], /A Topic Name holds no wildcard \[.*4\.7\.0-1\], got "a\/#"$/],
    [[7, '', {}], /A Topic Name is a string, got 7$/],
    [['a', '', { timeoutMs: 0 }], /timeoutMs is a number above 0, .* got 0$/],
    [['a', '', { timeoutMs: 2 ** 31 }], /got 2147483648$/],
    [['a', '', { properties: { responseTopic: 'b' } }], /its own responseTopic, got "b"$/],
    [['a', '', { properties: { correlationData: new Uint8Array(1) } }], /its own correlationData/],
  ])('makes no sense: %o', async (given, message) => {
    const { world, requests } = asking()
    world.connect()
    const [topic, payload, options] = given
    const reply = requests.request(topic as string, payload as string, options as object)
    await expect(reply).rejects.toThrow(TypeError)
    await expect(reply).rejects.toThrow(message)
    expect(world.link.said).toEqual([])
  })
})

describe('a request that is not answered', () => {
  it('rejects when its time is up', async () => {
    const { world, requests } = asking()
    world.connect()
    const reply = requests.request('a/b', '', { timeoutMs: 500 })
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    world.clock.advance(500)
    await expect(reply).rejects.toMatchObject({ code: 'timeout', remedy: 'retry' })
    await expect(reply).rejects.toThrow('No answer to the request "a/b" came in 500 ms. Does any')
  })

  it('says so if nobody has even subscribed to it', async () => {
    const { world, requests } = asking(async () => 0x10)
    world.connect()
    const reply = requests.request('a', '', { timeoutMs: 500, qos: 1 })
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    world.clock.advance(500)
    await expect(reply).rejects.toThrow('The server said that nobody subscribes to it')
  })

  it('says so if there was no connection all the time, and is not published later', async () => {
    const { world, requests, published } = asking()
    const reply = requests.request('a', '', { timeoutMs: 500 })
    await world.clock.settled()
    world.clock.advance(500)
    await expect(reply).rejects.toThrow('is it connected?')
    world.connect()
    await world.clock.settled()
    world.answerAll()
    await world.clock.settled()
    expect(published).toEqual([])
  })

  it('times out when it has waited too long to be sent', async () => {
    const expired = new ClientError('It has expired.', { code: 'expired' })
    const { world, requests } = asking(() => Promise.reject(expired))
    world.connect()
    const reply = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await expect(reply).rejects.toMatchObject({ code: 'timeout' })
  })

  it('rejects with why it could not be published', async () => {
    const refused = new ClientError('No.', { code: 'publish-refused', reasonCode: 0x87 })
    const { world, requests } = asking(() => Promise.reject(refused))
    world.connect()
    const reply = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await expect(reply).rejects.toBe(refused)
  })

  it.each(['before the call', 'without a connection', 'while it waits'])(
    'rejects with what its signal says: aborted %s',
    async (moment) => {
      const { world, requests, published, answer } = asking()
      const controller = new AbortController()
      const reason = new Error('enough')
      if (moment === 'before the call') controller.abort(reason)
      if (moment === 'while it waits') world.connect()
      const reply = requests.request('a', '', { signal: controller.signal })
      const outcome = reply.catch((error: unknown) => error)
      await world.clock.settled()
      if (moment === 'while it waits') world.answer()
      await world.clock.settled()
      controller.abort(reason)
      expect(await outcome).toBe(reason)
      expect(published).toHaveLength(moment === 'while it waits' ? 1 : 0)
      if (moment === 'while it waits') answer(0, 'late')
    },
  )

  it('rejects when the client is closed', async () => {
    const { world, requests } = asking()
    const byUs = new ClientError('The client is closed.', { code: 'closed' })
    const early = requests.request('a', '')
    world.connect()
    await world.clock.settled()
    world.answer()
    const late = requests.request('a', '')
    await world.clock.settled()
    world.subscriptions.close(byUs)
    await expect(early).rejects.toBe(byUs)
    await expect(late).rejects.toBe(byUs)
    await expect(requests.request('a', '')).rejects.toBe(byUs)
  })

  it('needs MQTT 5.0', async () => {
    const { world, requests } = asking()
    world.connect(new FakeLink(4))
    const reply = requests.request('a', '')
    await expect(reply).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(reply).rejects.toThrow('A request is not possible: Response Topics came with MQTT')
    await expect(reply).rejects.toThrow('this connection speaks 3.1.1.')
    world.lose()
    world.connect(new FakeLink(3))
    await expect(requests.request('a', '')).rejects.toThrow('this connection speaks 3.1.')
  })

  it('rejects if the Response Topic is refused, and the next one tries again', async () => {
    const { world, requests, answer } = asking()
    world.connect()
    const reply = requests.request('a', '')
    await world.clock.settled()
    world.answer(0x87)
    await expect(reply).rejects.toMatchObject({ code: 'subscribe-refused', reasonCode: 0x87 })
    const another = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    answer(0, 'x')
    expect((await another).text()).toBe('x')
  })

  it('rejects if the Response Topic is lost, and the next one has another', async () => {
    const { world, requests, published, answer } = asking()
    world.connect()
    const reply = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    world.lose()
    world.connect(new FakeLink(5, { responseInformation: 'answers/7' }))
    world.answer(0x87)
    await expect(reply).rejects.toMatchObject({ code: 'subscribe-refused', reasonCode: 0x87 })
    const another = requests.request('a', '')
    await world.clock.settled()
    world.answer()
    await world.clock.settled()
    expect(published[1]?.options.properties?.responseTopic).toBe('answers/7/responses')
    answer(1, 'x')
    expect((await another).text()).toBe('x')
  })
})

describe('the Response Topic', () => {
  it.each<[Partial<ServerTerms>, string]>([
    [{}, 'godwit/responses/godwit'],
    [{ clientId: 'a/b+c#d%' }, 'godwit/responses/a%2Fb%2Bc%23d%25'],
    [{ responseInformation: 'answers/7' }, 'answers/7/responses'],
    [{ responseInformation: 'answers/7/' }, 'answers/7/responses'],
    [{ responseInformation: 'answers/#' }, 'godwit/responses/godwit'],
    [{ responseInformation: '' }, 'godwit/responses/godwit'],
  ])('for %o is %s', (terms, topic) => {
    expect(responseTopic({ ...TERMS, ...terms })).toBe(topic)
  })
})

describe('Correlation Data', () => {
  it('says which request it is of, to nobody but who made it', () => {
    const [one, other] = [new Correlation(), new Correlation()]
    const number = one.next()
    expect(one.numberOf(one.dataOf(number))).toBe(number)
    expect(other.numberOf(one.dataOf(number))).toBeUndefined()
    expect(one.numberOf(undefined)).toBeUndefined()
    expect(one.next()).not.toBe(number)
  })

  it('is read where it lies in a larger chunk', () => {
    const correlation = new Correlation()
    const chunk = new Uint8Array(40)
    chunk.set(correlation.dataOf(0x01020304), 5)
    expect(correlation.numberOf(chunk.subarray(5, 17))).toBe(0x01020304)
  })
})
