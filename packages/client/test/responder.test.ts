/** Answering: what is published, acknowledged, reported, and when it ends. */
import { describe, expect, it, vi } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { PublishOptions, RespondOptions } from '../src/options.ts'
import { respond } from '../src/requests/responder.ts'
import type { Answerer } from '../src/requests/responder.ts'
import { FakeLink, SubscriptionWorld } from './subscription-world.ts'

interface Published {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly options: PublishOptions
}

/** A responder on `add`, and requests for it. */
async function answering(answer: Answerer, options: RespondOptions = {}) {
  const world = new SubscriptionWorld()
  world.connect()
  const published: Published[] = []
  let failure: unknown
  const publish = async (
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions,
  ): Promise<0> => {
    if (failure !== undefined) throw failure
    published.push({ topic, payload, options })
    return 0
  }
  const { subscriptions } = world
  const beginning = respond({ subscriptions, publish }, { filter: 'add', answer, options })
  await world.clock.settled()
  world.answer()
  const responder = await beginning
  let packetId = 0
  const ask = async (text: string, responseTopic: string | undefined = 're'): Promise<void> => {
    packetId++
    const properties =
      responseTopic === '' ? {} : { responseTopic, correlationData: new Uint8Array([packetId]) }
    world.deliver({
      topic: 'add',
      qos: options.qos ?? 0,
      packetId: options.qos ? packetId : 0,
      text,
      properties,
    })
    await world.clock.settled()
  }
  const fail = (error: unknown): void => {
    failure = error
  }
  return { world, responder, published, ask, fail }
}

describe('a responder', () => {
  it('answers to the Response Topic, with the Correlation Data', async () => {
    const { world, published, ask } = await answering((request) => `${request.text()}!`)
    expect(world.link.said).toEqual(['+0 add'])
    await ask('x')
    expect(published).toEqual([
      {
        topic: 're',
        payload: 'x!',
        options: { qos: 0, properties: { correlationData: new Uint8Array([1]) } },
      },
    ])
  })

  it('answers with bytes, or with properties, at its QoS', async () => {
    const answers = [
      new Uint8Array([7]),
      { payload: 'y', properties: { contentType: 'text/plain' } },
      { payload: 'z' },
    ]
    const { published, ask } = await answering(async () => answers.shift(), { qos: 1 })
    for (const text of ['1', '2', '3']) await ask(text)
    expect(published).toMatchObject([
      { payload: new Uint8Array([7]), options: { qos: 1 } },
      { payload: 'y', options: { properties: { contentType: 'text/plain' } } },
      { payload: 'z', options: { properties: { correlationData: new Uint8Array([3]) } } },
    ])
  })

  it('acknowledges a request when its answer is published', async () => {
    let finish: (answer: string) => void = () => {}
    const slow = new Promise<string>((resolve) => {
      finish = resolve
    })
    const { world, ask } = await answering(() => slow, { qos: 1 })
    await ask('x')
    expect(world.link.settled).toEqual([])
    finish('y')
    await world.clock.settled()
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('acknowledges and does not look at what has no Response Topic', async () => {
    const answer = vi.fn<Answerer>(() => 'x')
    const { world, published, ask } = await answering(answer, { qos: 1 })
    await ask('x', '')
    expect(answer).not.toHaveBeenCalled()
    expect(published).toEqual([])
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('may have no answer', async () => {
    const { world, published, ask } = await answering(() => undefined, { qos: 2 })
    await ask('x')
    expect(published).toEqual([])
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('asks for no retained requests', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const publish = async (): Promise<0> => 0
    const { subscriptions } = world
    const service = { filter: '$share/g/add', answer: () => 'x', options: { qos: 2 } } as const
    void respond({ subscriptions, publish }, service)
    await world.clock.settled()
    expect(world.link.asked).toMatchObject([
      { subscriptions: [{ filter: '$share/g/add', qos: 2, retainHandling: 2 }] },
    ])
  })

  it('needs MQTT 5.0', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(4))
    const publish = async (): Promise<0> => 0
    const service = { filter: 'add', answer: () => 'x', options: {} }
    const responder = respond({ subscriptions: world.subscriptions, publish }, service)
    await expect(responder).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(responder).rejects.toThrow('To respond is not possible')
    expect(world.link.said).toEqual([])
  })

  it.each([
    [{ answer: 'x' }, /An answerer is a function, got "x"$/],
    [{ options: { concurrency: 0 } }, /concurrency is a number from 1 on, got 0$/],
    [{ filter: 'a/#/b' }, /got "a\/#\/b"$/],
    [{ options: { qos: 3 } }, /got 3$/],
  ])('makes no sense: %o', async (wrong, message) => {
    const world = new SubscriptionWorld()
    world.connect()
    const service = { filter: 'add', answer: () => 'x', options: {}, ...wrong } as never
    const publish = async (): Promise<0> => 0
    const responder = respond({ subscriptions: world.subscriptions, publish }, service)
    await expect(responder).rejects.toThrow(TypeError)
    await expect(responder).rejects.toThrow(message)
  })
})

describe('several requests', () => {
  it('are answered as their answers are ready', async () => {
    const finish = new Map<string, (answer: string) => void>()
    const { published, ask, world } = await answering(
      (request) => new Promise((resolve) => finish.set(request.text(), resolve)),
    )
    await ask('x')
    await ask('y')
    finish.get('y')?.('second')
    await world.clock.settled()
    finish.get('x')?.('first')
    await world.clock.settled()
    expect(published.map(({ payload }) => payload)).toEqual(['second', 'first'])
  })

  it('are in progress up to a bound, and in order if that is 1', async () => {
    const finish: ((answer: string) => void)[] = []
    const { published, ask, world } = await answering(
      () => new Promise((resolve) => finish.push(resolve)),
      { concurrency: 1 },
    )
    for (const text of ['x', 'y', 'z']) await ask(text)
    expect(finish).toHaveLength(1)
    for (const answer of ['1', '2', '3']) {
      finish.at(-1)?.(answer)
      await world.clock.settled()
    }
    expect(published.map(({ payload }) => payload)).toEqual(['1', '2', '3'])
  })
})

describe('a request that cannot be answered', () => {
  const error = new Error('mine')

  it('is refused and reported, and the next one is answered', async () => {
    const onError = vi.fn<(error: unknown, request: { text(): string }) => void>()
    const { world, responder, published, ask } = await answering(
      (request) => {
        if (request.text() === 'x') throw error
        return 'y!'
      },
      { qos: 1, onError },
    )
    await ask('x')
    await ask('y')
    expect(world.link.settled).toEqual([
      [1, 0x83],
      [2, 0],
    ])
    expect(onError).toHaveBeenCalledTimes(1)
    expect(onError.mock.calls[0]?.[0]).toBe(error)
    expect(onError.mock.calls[0]?.[1].text()).toBe('x')
    expect(published.map(({ payload }) => payload)).toEqual(['y!'])
    const closing = responder.close()
    world.answer()
    await closing
    await expect(responder.done).resolves.toBeUndefined()
  })

  it('is told at the end if nobody wants to know before', async () => {
    const { world, responder, ask } = await answering(() => Promise.reject(error))
    for (let count = 0; count < 102; count++) await ask('x')
    const closing = responder[Symbol.asyncDispose]()
    world.answer()
    await closing
    const failure: unknown = await responder.done.catch((reason: unknown) => reason)
    if (!(failure instanceof AggregateError)) throw new Error('There was no failure')
    expect(failure.message).toBe('102 requests could not be answered')
    expect(failure.errors).toHaveLength(100)
    expect(failure.errors[0]).toBe(error)
  })

  it('is told at the end if the report of it fails, too', async () => {
    const another = new Error('another')
    const { world, responder, ask } = await answering(() => Promise.reject(error), {
      onError: () => {
        throw another
      },
    })
    await ask('x')
    const closing = responder.close()
    world.answer()
    await closing
    await expect(responder.done).rejects.toMatchObject({
      message: 'A request could not be answered',
      errors: [another],
    })
  })

  it('may be one whose answer nobody may have', async () => {
    const onError = vi.fn<(error: unknown) => void>()
    const { world, ask, fail } = await answering(() => 'x', { qos: 1, onError })
    const refused = new ClientError('No.', { code: 'publish-refused', reasonCode: 0x87 })
    fail(refused)
    await ask('x')
    expect(onError.mock.calls[0]?.[0]).toBe(refused)
    expect(world.link.settled).toEqual([[1, 0x83]])
  })
})

describe('a responder ends', () => {
  it('when what it had begun is answered', async () => {
    let finish: (answer: string) => void = () => {}
    const { world, responder, published, ask } = await answering(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve
        }),
    )
    let done = false
    void responder.done.then(() => (done = true))
    await ask('x')
    const closing = responder.close()
    world.answer()
    await closing
    await world.clock.settled()
    expect(done).toBe(false)
    finish('y')
    await responder.done
    expect(published.map(({ payload }) => payload)).toEqual(['y'])
  })

  it('when the client is closed, whatever it has begun', async () => {
    const { world, responder, ask } = await answering(() => new Promise(() => {}), {
      concurrency: 1,
    })
    await ask('x')
    await ask('y')
    world.subscriptions.close(new ClientError('The client is closed.', { code: 'closed' }))
    await expect(responder.done).resolves.toBeUndefined()
    await responder.close()
  })

  it('without a report of what failed because of that', async () => {
    const onError = vi.fn<(error: unknown) => void>()
    const closed = new ClientError('The client is closed.', { code: 'closed' })
    let finish: (answer: string) => void = () => {}
    const { world, responder, ask, fail } = await answering(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve
        }),
      { onError },
    )
    await ask('x')
    world.subscriptions.close(closed)
    fail(closed)
    finish('y')
    await world.clock.settled()
    await responder.done
    expect(onError).not.toHaveBeenCalled()
  })

  it('with the error that ended its subscription', async () => {
    const { world, responder } = await answering(() => 'x')
    world.lose()
    world.connect()
    world.answer(0x87)
    await expect(responder.done).rejects.toMatchObject({ code: 'subscribe-refused' })
  })

  it('with the reason of its signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { responder, world } = await answering(() => 'x', { signal: controller.signal })
    controller.abort(reason)
    await expect(responder.done).rejects.toBe(reason)
    expect(world.link.said).toEqual(['+0 add', '-add'])
  })

  it('before it has begun, if its signal says so', async () => {
    const world = new SubscriptionWorld()
    const controller = new AbortController()
    const { signal } = controller
    const publish = async (): Promise<0> => 0
    const service = { filter: 'add', answer: () => 'x', options: { signal } }
    const responder = respond({ subscriptions: world.subscriptions, publish }, service)
    await world.clock.settled()
    controller.abort(new Error('enough'))
    await expect(responder).rejects.toThrow('enough')
    world.connect()
    await world.clock.settled()
    expect(world.link.said).toEqual([])
  })
})
